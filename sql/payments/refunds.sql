-- Refunds and returns, suspicious ones first, then the largest. $1 only of this store (null: all), $2 days, $3 at most, $4 only suspicious ones.
select
  refund.store_id as "storeId",
  refund.transaction_id as "transactionId",
  refund.original_transaction_id as "originalTransactionId",
  nullif(refund.till_id, '') as "tillId",
  nullif(refund.cashier_id, '') as "cashierId",
  refund.refunded_at as "refundedAt",
  ops.decimal_text(refund.amount) as amount,
  ops.decimal_text(refund.taken_back) as "takenBack",
  ops.decimal_text(refund.paid) as paid,
  refund.risk_score as "riskScore",
  refund.reasons,
  stores.currency,
  coalesce(stores.time_zone, 'UTC') as "timeZone",
  (count(*) over ())::integer as total
from ops.judged_refunds(ops.now() - make_interval(days => $2), ops.now()) as refund
left join ref.stores on stores.store_id = refund.store_id
where refund.store_id = coalesce($1, refund.store_id) and (not $4 or cardinality(refund.reasons) > 0)
order by cardinality(refund.reasons) > 0 desc, refund.amount desc, refund.store_id, refund.transaction_id, refund.till_id, refund.cashier_id
limit $3
