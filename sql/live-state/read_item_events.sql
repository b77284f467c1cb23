-- What happened to a product in a store, the newest first: alerts, restocks, removals, markdowns, orders of its location. $1 store,
-- $2 product, $3 since, $4 at most.
with location as (
  select coalesce((select warehouse_id from ref.shelves where store_id = $1 and product_id = $2), $1) as location_id
)
select kind, at, id, text, ops.decimal_text(quantity) as quantity, status
from (
  select 'alert' as kind, first_seen as at, alert_id::text as id, message as text, null::numeric as quantity, status
  from ops.alert where store_id = $1 and product_id = $2 and first_seen >= $3
  union all
  select 'restock', planned_at, plan_id, warehouse_id, quantity, case when is_short then 'short' else status end
  from ops.restock_plan where store_id = $1 and product_id = $2 and planned_at >= $3
  union all
  select 'removal', decided_at, event_id, batch_id, quantity, null
  from ops.removal where place = 'shelf' and place_id = $1 and product_id = $2 and decided_at >= $3
  union all
  select 'markdown', started_at, batch_id, percent::text, on_hand, case when ended_at is null then 'running' else 'ended' end
  from ops.discount where store_id = $1 and product_id = $2 and started_at >= $3
  union all
  select 'order', created_at, purchase_order_id, supplier_id, line.quantity, status
  from ops.purchase_order
  join ops.purchase_order_line as line using (purchase_order_id)
  where location_id = (select location_id from location) and line.product_id = $2 and created_at >= $3
  union all
  select 'delivery', happened_at, purchase_order_id, shipment_id, quantity, status
  from ops.goods_receipt
  where location_id = (select location_id from location) and product_id = $2 and status = 'delivered' and happened_at >= $3
) as event
order by at desc, kind, id
limit $4
