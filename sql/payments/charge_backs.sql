-- Transactions whose banks have taken money back, those with the most first. $1 only of this store (null: all), $2 days, $3 at most.
select
  payment.store_id as "storeId",
  payment.transaction_id as "transactionId",
  sale.till_id as "tillId",
  sale.first_at as "soldAt",
  payment.last_at as "reportedAt",
  ops.decimal_text(payment.captured) as captured,
  ops.decimal_text(payment.charged_back) as "chargedBack",
  ops.decimal_text(payment.charge_backs_won) as won,
  payment.risk_score as "riskScore",
  stores.currency,
  coalesce(stores.time_zone, 'UTC') as "timeZone",
  (count(*) over ())::integer as total
from state.payment as payment
left join state.sale_transaction as sale on sale.store_id = payment.store_id and sale.transaction_id = payment.transaction_id
left join ref.stores on stores.store_id = payment.store_id
where payment.charged_back > 0 and payment.last_at > ops.now() - make_interval(days => $2)
  and payment.store_id = coalesce($1, payment.store_id)
order by payment.charged_back - payment.charge_backs_won desc, payment.store_id, payment.transaction_id
limit $3
