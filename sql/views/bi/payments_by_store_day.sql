create or replace view bi.payments_by_store_day with (security_invoker = true) as
with fed as (
  select store_id, max(last_at) as reported_until from state.payment group by store_id
),
due as (
  select
    sale.store_id,
    (sale.first_at at time zone store.time_zone)::date as payment_date,
    sum(sale.sold - sale.returned) as due_amount,
    sum(sale.sold - sale.returned - amount.paid) filter (where amount.is_unpaid) as unpaid_amount,
    count(*) filter (where amount.is_unpaid) as unpaid_sales,
    max(greatest(sale.updated_at, payment.updated_at)) as updated_at
  from state.sale_transaction as sale
  join fed on fed.store_id = sale.store_id
  join analytics.dim_store as store on store.store_id = sale.store_id and store.is_current
  left join state.payment as payment on payment.store_id = sale.store_id and payment.transaction_id = sale.transaction_id
  cross join lateral (
    select coalesce(greatest(payment.captured, payment.authorised - payment.voided), 0) as paid
  ) as known
  cross join lateral (
    select
      known.paid,
      sale.sold - sale.returned > known.paid and sale.last_at <= fed.reported_until - interval '1 hour' as is_unpaid
  ) as amount
  where sale.sold > 0
  group by sale.store_id, (sale.first_at at time zone store.time_zone)::date
),
compared as (
  select
    coalesce(day.store_id, due.store_id) as store_id,
    coalesce(day.payment_date, due.payment_date) as payment_date,
    due.due_amount,
    coalesce(day.authorised, 0) as authorised_amount,
    coalesce(day.voided, 0) as voided_amount,
    coalesce(day.captured, 0) as captured_amount,
    coalesce(day.refunded, 0) as refunded_amount,
    coalesce(day.charged_back, 0) as charged_back_amount,
    coalesce(day.charge_backs_won, 0) as charge_backs_won_amount,
    case when due.store_id is not null then coalesce(due.unpaid_amount, 0) end as unpaid_amount,
    coalesce(day.captures, 0) as captures,
    coalesce(day.declines, 0) as declines,
    coalesce(day.refunds, 0) as refunds,
    coalesce(day.charge_backs, 0) as charge_backs,
    due.unpaid_sales,
    greatest(day.updated_at, due.updated_at) as updated_at
  from state.payment_day as day
  full join due on due.store_id = day.store_id and due.payment_date = day.payment_date
)
select
  compared.payment_date,
  store.store_key,
  store.store_id,
  store.currency,
  compared.due_amount,
  compared.authorised_amount,
  compared.voided_amount,
  compared.captured_amount,
  compared.refunded_amount,
  compared.charged_back_amount,
  compared.charge_backs_won_amount,
  compared.unpaid_amount,
  compared.captures,
  compared.declines,
  compared.refunds,
  compared.charge_backs,
  compared.unpaid_sales,
  compared.updated_at at time zone 'UTC' as updated_at
from compared
join analytics.dim_store as store on store.store_id = compared.store_id and store.is_current;

comment on view bi.payments_by_store_day is 'What was due by card or mobile on a day, and what payment providers have reported on it, by store. What was due is known for some weeks.';
comment on column bi.payments_by_store_day.payment_date is 'The store''s day: of a sale for what was due and unpaid, of the report of the provider for all others.';
comment on column bi.payments_by_store_day.store_key is 'Current version of the store.';
comment on column bi.payments_by_store_day.store_id is 'The store, as the sources call it.';
comment on column bi.payments_by_store_day.currency is 'ISO 4217 code of its money.';
comment on column bi.payments_by_store_day.due_amount is 'Sold by card or mobile, less what the same transactions took back; null: not known, or no longer.';
comment on column bi.payments_by_store_day.authorised_amount is 'Reserved by banks.';
comment on column bi.payments_by_store_day.voided_amount is 'Of that set free.';
comment on column bi.payments_by_store_day.captured_amount is 'Paid.';
comment on column bi.payments_by_store_day.refunded_amount is 'Paid back.';
comment on column bi.payments_by_store_day.charged_back_amount is 'Taken back by banks for their customers.';
comment on column bi.payments_by_store_day.charge_backs_won_amount is 'Of that got back by the store.';
comment on column bi.payments_by_store_day.unpaid_amount is 'Of what was due neither captured nor authorised, an hour before the newest report of the store''s provider or earlier; null: not known, or no longer.';
comment on column bi.payments_by_store_day.captures is 'Payments.';
comment on column bi.payments_by_store_day.declines is 'Payments that banks have declined.';
comment on column bi.payments_by_store_day.refunds is 'Refunds.';
comment on column bi.payments_by_store_day.charge_backs is 'Charge-backs.';
comment on column bi.payments_by_store_day.unpaid_sales is 'Sales with an unpaid amount.';
comment on column bi.payments_by_store_day.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
