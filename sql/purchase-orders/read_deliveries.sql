-- How far an order's deliveries are. $1: the order. Overdue: a lead time, at least a day, after it was expected it is no longer
-- waited for.
select
  coalesce(sum(greatest(line.quantity - line.received_quantity - line.cancelled_quantity, 0)), 0)::text as outstanding,
  coalesce(sum(greatest(line.quantity - line.received_quantity - line.cancelled_quantity, 0)), 0) = 0 as is_settled,
  coalesce(sum(line.received_quantity), 0)::text as received,
  coalesce(sum(line.received_quantity), 0) > 0 as has_received,
  coalesce(sum(line.damaged_quantity), 0)::text as damaged,
  coalesce(sum(line.cancelled_quantity), 0)::text as cancelled,
  exists (
    select from ops.goods_receipt as receipt
    where receipt.purchase_order_id = $1 and receipt.status in ('announced', 'shipped', 'delivered')
  ) as is_acknowledged,
  (
    select expected_on + greatest(ceil(coalesce(lead_time_days, 1)), 1)::integer
        < (ops.now() at time zone ops.time_zone_of(orders.location_id))::date
    from ops.purchase_order as orders
    left join ref.suppliers using (supplier_id)
    where orders.purchase_order_id = $1
  ) as is_overdue,
  (
    select detail - 'status_before' - 'status_after' from ops.purchase_order_action
    where purchase_order_id = $1 and action = 'receive'
    order by action_id desc limit 1
  ) as reported_before
from ops.purchase_order_line as line
where line.purchase_order_id = $1
