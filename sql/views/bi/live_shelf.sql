create or replace view bi.live_shelf with (security_invoker = true) as
select
  dim_store.store_key,
  dim_store.store_id,
  dim_store.name as store_name,
  dim_product.product_key,
  dim_product.product_id,
  dim_product.name as product_name,
  shelf.shelf_id,
  shelf.available,
  shelf.held,
  shelf.on_shelf,
  shelf.capacity,
  shelf.fill_ratio,
  shelf.weighed_units,
  shelf.last_refill_at at time zone 'UTC' as last_refill_at,
  shelf.last_sale_at at time zone 'UTC' as last_sale_at,
  shelf.updated_at at time zone 'UTC' as updated_at
from state.shelf_live as shelf
join analytics.dim_store on dim_store.store_id = shelf.store_id and dim_store.is_current
join analytics.dim_product on dim_product.product_id = shelf.product_id and dim_product.is_current;

comment on view bi.live_shelf is 'Every shelf as it is now, as the streams keep it: for DirectQuery.';
comment on column bi.live_shelf.store_key is 'Current version of the store.';
comment on column bi.live_shelf.store_id is 'The store, as the sources call it.';
comment on column bi.live_shelf.store_name is 'Its name.';
comment on column bi.live_shelf.product_key is 'Current version of the product.';
comment on column bi.live_shelf.product_id is 'The product, as the sources call it.';
comment on column bi.live_shelf.product_name is 'Its name.';
comment on column bi.live_shelf.shelf_id is 'The home shelf; null for a product without a profile in this store.';
comment on column bi.live_shelf.available is 'Units on the shelf that no customer holds.';
comment on column bi.live_shelf.held is 'Units that customers hold and may put back.';
comment on column bi.live_shelf.on_shelf is 'available + held.';
comment on column bi.live_shelf.capacity is 'Units that the shelf holds; null without a profile.';
comment on column bi.live_shelf.fill_ratio is 'on_shelf ÷ capacity; null without a capacity.';
comment on column bi.live_shelf.weighed_units is 'Units by the last weight; null where nothing weighs.';
comment on column bi.live_shelf.last_refill_at is 'When goods were last put on it, UTC.';
comment on column bi.live_shelf.last_sale_at is 'When the product was last paid for, UTC.';
comment on column bi.live_shelf.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
