-- Money was paid back without goods, beyond what was paid, or much more often than elsewhere.
-- Reads: state.refund, state.sale_transaction, state.payment.
-- Opens: of a cashier and till, in the last week, three refunds are suspicious: more was paid back than goods were taken back for, or than was
-- paid, or the provider scores the risk at 80 or above. Or they paid back five times, and more than three times as often as the others of
-- the store do on average.
-- Resolves: a day after fewer than two are left, and they pay back about as often as others.
-- Impact: the suspicious refunds; without any, all of theirs. The message has no cashier: reports show it. The evidence has.
create or replace function ops.alert_suspicious_refunds(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  with refund as materialized (
    select * from ops.judged_refunds(as_of - interval '7 days', as_of)
  ),
  theirs as materialized (
    select
      store_id,
      till_id,
      cashier_id,
      count(*) as refunds,
      sum(amount) as amount,
      count(*) filter (where cardinality(reasons) > 0) as suspicious,
      sum(amount) filter (where cardinality(reasons) > 0) as suspicious_amount,
      (
        array_agg(
          jsonb_build_object(
            'transaction_id', transaction_id, 'original_transaction_id', original_transaction_id, 'refunded_at', refunded_at,
            'amount', ops.decimal_text(amount), 'reasons', reasons
          )
          order by cardinality(reasons) > 0 desc, amount desc, transaction_id
        )
      )[1:20] as dearest
    from refund
    group by store_id, till_id, cashier_id
  ),
  compared as (
    select
      theirs.*,
      (sum(refunds) over store - refunds) / nullif(count(*) over store - 1, 0) as elsewhere
    from theirs
    window store as (partition by store_id)
  ),
  judged as (
    select *, refunds >= 5 and till_id || cashier_id <> '' and refunds > 3 * elsewhere as is_frequent from compared
  )
  select
    concat_ws(' ', till_id, cashier_id),
    store_id,
    null::text,
    case when suspicious >= 3 then 'critical' else 'warning' end,
    round(coalesce(suspicious_amount, amount), 2),
    format(
      '%s refunds%s within a week, %s of them suspicious%s', refunds, case when till_id <> '' then ' at till ' || till_id else '' end,
      suspicious, case when is_frequent then format('; %s elsewhere', round(elsewhere, 1)) else '' end
    ),
    jsonb_strip_nulls(jsonb_build_object(
      'cashier_id', nullif(cashier_id, ''), 'till_id', nullif(till_id, ''), 'refunds', refunds, 'amount', ops.decimal_text(amount),
      'suspicious', suspicious, 'refunds_elsewhere', round(elsewhere, 1), 'dearest', to_jsonb(dearest)
    )),
    null::numeric,
    suspicious >= 3 or is_frequent
  from judged
  where suspicious >= 2 or is_frequent
$$;
comment on function ops.alert_suspicious_refunds is 'Money was paid back without goods, beyond what was paid, or much more often than elsewhere.';

-- A return in cash has no refund of a provider: it counts, and is not judged by money.
create or replace function ops.judged_refunds(since timestamptz, as_of timestamptz) returns table (
  store_id text, transaction_id text, original_transaction_id text, till_id text, cashier_id text, refunded_at timestamptz,
  amount numeric, paid_back numeric, taken_back numeric, paid numeric, risk_score integer, reasons text[]
)
language sql stable as $$
  with refund as (
    select store_id, transaction_id, till_id, cashier_id, amount, last_at, true as is_by_provider
    from state.refund
    where last_at > since and last_at <= as_of
    union all
    select store_id, transaction_id, coalesce(till_id, ''), coalesce(cashier_id, ''), returned, last_at, false
    from state.sale_transaction as sale
    where returned > sold and last_at > since and last_at <= as_of and returned > 0
      and not exists (
        select from state.refund
        where refund.store_id = sale.store_id
          and refund.transaction_id in (sale.transaction_id, sale.original_transaction_id)
      )
  ),
  traced as (
    select refund.*, own.original_transaction_id, coalesce(own.original_transaction_id, refund.transaction_id) as sale_id
    from refund
    left join state.sale_transaction as own using (store_id, transaction_id)
  )
  select
    traced.store_id, traced.transaction_id, traced.original_transaction_id, traced.till_id, traced.cashier_id, traced.last_at, traced.amount,
    money.paid_back, coalesce(goods.taken_back, 0), money.paid, money.risk_score,
    array_remove(
      array[
        case when is_by_provider and last_at <= as_of - interval '1 hour' and money.paid_back > coalesce(goods.taken_back, 0) then 'no_goods' end,
        case when is_by_provider and money.paid > 0 and money.paid_back > money.paid then 'more_than_paid' end,
        case when money.risk_score >= 80 then 'high_risk' end
      ],
      null
    )
  from traced
  cross join lateral (
    select sum(returned) as taken_back, coalesce(array_agg(sale.transaction_id), '{}') as transaction_ids
    from state.sale_transaction as sale
    where sale.store_id = traced.store_id
      and (sale.transaction_id = traced.sale_id or sale.original_transaction_id = traced.sale_id)
  ) as goods
  cross join lateral (
    select
      coalesce(sum(refunded), 0) as paid_back,
      max(payment.risk_score) as risk_score,
      sum(greatest(captured, authorised - voided)) filter (where payment.transaction_id = traced.sale_id) as paid
    from state.payment
    where payment.store_id = traced.store_id
      and payment.transaction_id = any (goods.transaction_ids || array[traced.sale_id, traced.transaction_id])
  ) as money
$$;
comment on function ops.judged_refunds is
  'Refunds and returns with what they belong to, and why they are suspicious: no_goods, more_than_paid, high_risk.';
