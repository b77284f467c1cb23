-- Sales by card were not paid.
-- Reads: state.sale_transaction, state.payment.
-- Opens: at a till, what was sold by card or mobile in the last day is not captured, and not authorised, in full. A sale has an hour until it
-- counts, and it counts only when its store's provider has reported payments of an hour later: before that its own may be on their way.
-- Resolves: when it is paid, or a day later.
-- Impact: the money that is missing. Critical from five sales on.
create or replace function ops.alert_unpaid_sales(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  with till as (
    select
      store_id,
      coalesce(till_id, '') as till_id,
      count(*) as sales,
      sum(missing) as missing,
      (
        array_agg(
          jsonb_build_object(
            'transaction_id', transaction_id, 'sold_at', sold_at, 'due', ops.decimal_text(due), 'paid', ops.decimal_text(paid),
            'declines', declines
          )
          order by missing desc, transaction_id
        )
      )[1:20] as dearest
    from ops.unpaid_sales(as_of - interval '1 day', as_of)
    group by store_id, coalesce(till_id, '')
  )
  select
    till_id,
    store_id,
    null::text,
    case when sales >= 5 then 'critical' else 'warning' end,
    round(missing, 2),
    case till_id
      when '' then format('%s card sales were not paid: %s is missing', sales, ops.decimal_text(round(missing, 2)))
      else format('%s card sales of till %s were not paid: %s is missing', sales, till_id, ops.decimal_text(round(missing, 2)))
    end,
    jsonb_build_object('sales', sales, 'missing', ops.decimal_text(missing), 'dearest', to_jsonb(dearest)),
    null::numeric,
    true
  from till
$$;
comment on function ops.alert_unpaid_sales is 'Sales by card were not paid.';

create or replace function ops.unpaid_sales(since timestamptz, as_of timestamptz) returns table (
  store_id text, transaction_id text, till_id text, sold_at timestamptz, due numeric, paid numeric, missing numeric, declines integer,
  risk_score integer
)
language sql stable as $$
  with fed as materialized (
    select store_id, max(last_at) as reported_until
    from state.payment
    where last_at > since and last_at <= as_of
    group by store_id
  )
  select
    sale.store_id, sale.transaction_id, sale.till_id, sale.first_at, amount.due, amount.paid, amount.due - amount.paid,
    coalesce(payment.declines, 0), payment.risk_score
  from state.sale_transaction as sale
  join fed using (store_id)
  left join state.payment as payment using (store_id, transaction_id)
  cross join lateral (
    select
      sale.sold - sale.returned as due,
      coalesce(greatest(payment.captured, payment.authorised - payment.voided), 0) as paid
  ) as amount
  where sale.last_at > since and sale.last_at <= least(as_of, fed.reported_until) - interval '1 hour'
    and amount.due > amount.paid
$$;
comment on function ops.unpaid_sales is
  'Sales by card or mobile that were not paid in full, an hour before the newest report of their store''s provider or earlier.';
