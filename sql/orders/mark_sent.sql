-- The supplier has it. A lead time counts from now, if that is later than what was planned. $1: the order.
update ops.purchase_order as orders
set
  sent_at = ops.now(),
  expected_on = greatest(
    orders.expected_on,
    (ops.now() at time zone ops.time_zone_of(orders.location_id))::date + ceil(coalesce(supplier.lead_time_days, 1))::integer
  )
from ops.purchase_order as same
left join ref.suppliers as supplier using (supplier_id)
where orders.purchase_order_id = $1 and same.purchase_order_id = orders.purchase_order_id
