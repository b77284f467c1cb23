-- Where and when goods of an order are received: by the business clock, as events carry it. $1 order.
select
  status,
  location_id as "locationId",
  supplier_id as "supplierId",
  ops.local_instant(ops.now(), ops.time_zone_of(location_id)) as "at",
  extract(epoch from ops.now())::float8 * 1000 as "atMs",
  (select array_agg(product_id) from ops.purchase_order_line as line where line.purchase_order_id = orders.purchase_order_id) as products
from ops.purchase_order as orders
where purchase_order_id = $1
