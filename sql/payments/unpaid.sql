-- Sales by card or mobile that were not paid in full, those with the most money missing first. $1 only of this store (null: all), $2 days,
-- $3 at most.
select
  unpaid.store_id as "storeId",
  unpaid.transaction_id as "transactionId",
  unpaid.till_id as "tillId",
  unpaid.sold_at as "soldAt",
  ops.decimal_text(unpaid.due) as due,
  ops.decimal_text(unpaid.paid) as paid,
  ops.decimal_text(unpaid.missing) as missing,
  unpaid.declines,
  unpaid.risk_score as "riskScore",
  stores.currency,
  coalesce(stores.time_zone, 'UTC') as "timeZone",
  (count(*) over ())::integer as total
from ops.unpaid_sales(ops.now() - make_interval(days => $2), ops.now()) as unpaid
left join ref.stores on stores.store_id = unpaid.store_id
where unpaid.store_id = coalesce($1, unpaid.store_id)
order by unpaid.missing desc, unpaid.store_id, unpaid.transaction_id
limit $3
