create or replace view bi.live_stock with (security_invoker = true) as
select
  dim_store.store_key,
  dim_store.store_id,
  dim_store.name as store_name,
  dim_product.product_key,
  dim_product.product_id,
  dim_product.name as product_name,
  stock.on_hand as on_hand_quantity,
  stock.updated_at at time zone 'UTC' as updated_at
from state.stock
join analytics.dim_store on dim_store.store_id = stock.store_id and dim_store.is_current
join analytics.dim_product on dim_product.product_id = stock.product_id and dim_product.is_current;

comment on view bi.live_stock is 'What should be on hand now, as the streams keep it: for DirectQuery. A pair appears after the first daily load that knows its store and product.';
comment on column bi.live_stock.store_key is 'Current version of the store.';
comment on column bi.live_stock.store_id is 'The store, as the sources call it.';
comment on column bi.live_stock.store_name is 'Its name.';
comment on column bi.live_stock.product_key is 'Current version of the product.';
comment on column bi.live_stock.product_id is 'The product, as the sources call it.';
comment on column bi.live_stock.product_name is 'Its name.';
comment on column bi.live_stock.on_hand_quantity is 'Units that should be on hand: stock movements and counts, minus sales.';
comment on column bi.live_stock.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
