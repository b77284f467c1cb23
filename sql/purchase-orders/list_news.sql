-- Orders whose workflows should be notified of something. $1: limit.
-- - receipts that they were not notified of;
-- - what is expected since a lead time, at least a day: it is written off;
-- - once an hour every order that has not ended, or whose supplier was not notified that it was cancelled: one whose workflow was
--   lost gets another.
with news as (
  select purchase_order_id, max(receipt_no) as receipt_no
  from ops.goods_receipt
  where told_at is null
  group by purchase_order_id
  union all
  select purchase_order_id, null
  from ops.purchase_order as orders
  left join ref.suppliers using (supplier_id)
  where status in ('sent', 'acknowledged', 'partly_received')
    and expected_on + greatest(ceil(coalesce(lead_time_days, 1)), 1)::integer
      < (ops.now() at time zone ops.time_zone_of(orders.location_id))::date
  union all
  select purchase_order_id, null
  from ops.purchase_order
  where status not in ('closed', 'denied', 'expired', 'cancelled')
    and (looked_after_at is null or looked_after_at < clock_timestamp() - interval '1 hour')
  union all
  select purchase_order_id, null
  from ops.purchase_order
  where withdrawal_due_at is not null
    and (looked_after_at is null or looked_after_at < clock_timestamp() - interval '1 hour')
)
select purchase_order_id, max(receipt_no) as receipt_no
from news
group by purchase_order_id
-- Receipts first: they are what people wait for.
order by max(receipt_no) is null, purchase_order_id
limit $1
