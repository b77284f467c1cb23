create or replace view bi.live_lots with (security_invoker = true) as
select
  dim_store.store_key,
  dim_store.store_id,
  dim_store.name as store_name,
  dim_product.product_key,
  dim_product.product_id,
  dim_product.name as product_name,
  lot.batch_id,
  lot.on_hand,
  lot.expires_on,
  lot.expires_on - (now() at time zone dim_store.time_zone)::date as days_left,
  lot.received_on,
  greatest(shelf_lot.updated_at, shelf.updated_at) at time zone 'UTC' as updated_at
from state.shelf_lot_live as lot
join state.shelf_lot using (store_id, product_id, batch_id)
join state.shelf using (store_id, product_id)
join analytics.dim_store on dim_store.store_id = lot.store_id and dim_store.is_current
join analytics.dim_product on dim_product.product_id = lot.product_id and dim_product.is_current
where lot.on_hand > 0 and lot.expires_on is not null;

comment on view bi.live_lots is 'Lots on shelves that expire some day: what to sell first, and what is past its date.';
comment on column bi.live_lots.store_key is 'Current version of the store.';
comment on column bi.live_lots.store_id is 'The store, as the sources call it.';
comment on column bi.live_lots.store_name is 'Its name.';
comment on column bi.live_lots.product_key is 'Current version of the product.';
comment on column bi.live_lots.product_id is 'The product, as the sources call it.';
comment on column bi.live_lots.product_name is 'Its name.';
comment on column bi.live_lots.batch_id is 'The lot.';
comment on column bi.live_lots.on_hand is 'Units of it on the shelf: customers are taken to buy what expires first.';
comment on column bi.live_lots.expires_on is 'Its expiry date.';
comment on column bi.live_lots.days_left is 'Days until then by the store''s calendar; negative when it is past.';
comment on column bi.live_lots.received_on is 'The day on which it was first put on the shelf.';
comment on column bi.live_lots.updated_at is 'When the lot or its shelf was last written, UTC: the column to detect changes by.';
