-- A day's price changes, each event once. Of two for the same instant the one that was known later is the correction.
create or replace temp table cleansed as
select
  event.event_id,
  event.store_id,
  event.product_id,
  event.old_price,
  event.new_price,
  event.reason,
  event.promotion_id,
  row_number() over (
    partition by event.store_id, event.product_id, event.event_at
    order by event.known_at desc, event."partition" desc, event."offset" desc
  ) > 1 as is_superseded,
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
