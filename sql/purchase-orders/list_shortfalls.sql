-- Units that were missing from deliveries of the last days, or arrived damaged, the dearest first. $1 days, $2 at most.
select
  orders.purchase_order_id as "purchaseOrderId",
  coalesce(suppliers.name, orders.supplier_id) as "supplierName",
  orders.location_id as "placeId",
  line.product_id as "productId",
  coalesce(products.name, line.product_id) as "productName",
  ops.decimal_text(line.quantity) as ordered,
  ops.decimal_text(line.received_quantity) as received,
  ops.decimal_text(line.damaged_quantity) as damaged,
  ops.decimal_text(line.cancelled_quantity) as missing,
  round((line.damaged_quantity + line.cancelled_quantity) * line.unit_cost, 2)::text as value,
  orders.currency
from ops.purchase_order as orders
join ops.purchase_order_line as line using (purchase_order_id)
left join ref.suppliers on suppliers.supplier_id = orders.supplier_id
left join ref.products on products.product_id = line.product_id
where orders.sent_at is not null
  and orders.updated_at > (select ops.now()) - make_interval(days => $1)
  and line.damaged_quantity + line.cancelled_quantity > 0
order by (line.damaged_quantity + line.cancelled_quantity) * line.unit_cost desc, orders.purchase_order_id, line.line_no
limit $2
