-- What was proposed to suppliers on day $1.
select
  count(distinct orders.purchase_order_id)::integer as orders,
  count(distinct orders.supplier_id)::integer as suppliers,
  count(*)::integer as lines,
  round(coalesce(sum(line.quantity * line.unit_cost), 0), 2)::text as value,
  string_agg(distinct orders.currency, '/') as currency,
  count(distinct orders.purchase_order_id) filter (where orders.status = 'awaiting_approval')::integer as waiting,
  min(orders.purchase_order_id) as first
from ops.purchase_order as orders
join ops.purchase_order_line as line using (purchase_order_id)
where orders.review_date = $1 and orders.status <> 'cancelled'
