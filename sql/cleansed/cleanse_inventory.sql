-- A day's stock movements, each event once.
create or replace temp table cleansed as
select
  event.event_id,
  event.store_id,
  event.inventory_id,
  event.product_id,
  event.quantity_change,
  event.new_quantity,
  event.reason,
  coalesce(event.synthetic, false) as is_synthetic,
  unknown_stores.store_id is not null as is_unknown_store,
  unknown_products.product_id is not null as is_unknown_product,
  event.source,
  event.event_at,
  event.known_at,
  event.date
from events as event
left join unknown_stores using (store_id)
left join unknown_products using (product_id)
