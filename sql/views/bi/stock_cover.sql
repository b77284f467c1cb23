create or replace view bi.stock_cover with (security_invoker = true) as
select
  dim_store.store_key,
  dim_store.store_id,
  dim_store.name as store_name,
  dim_product.product_key,
  dim_product.product_id,
  dim_product.name as product_name,
  cover.on_hand_quantity,
  cover.sold_quantity,
  cover.daily_quantity,
  cover.days_of_cover,
  cover.measured_on,
  cover.updated_at at time zone 'UTC' as updated_at
from analytics.stock_cover as cover
join analytics.dim_store using (store_key)
join analytics.dim_product using (product_key);

comment on view bi.stock_cover is 'How long the live stock lasts at the pace of the 28 days up to measured_on.';
comment on column bi.stock_cover.store_key is 'Current version of the store.';
comment on column bi.stock_cover.store_id is 'The store, as the sources call it.';
comment on column bi.stock_cover.store_name is 'Its name.';
comment on column bi.stock_cover.product_key is 'Current version of the product.';
comment on column bi.stock_cover.product_id is 'The product, as the sources call it.';
comment on column bi.stock_cover.product_name is 'Its name.';
comment on column bi.stock_cover.on_hand_quantity is 'Units that should be on hand.';
comment on column bi.stock_cover.sold_quantity is 'Units sold less units returned in the 28 days up to measured_on.';
comment on column bi.stock_cover.daily_quantity is 'sold_quantity ÷ 28; 0 where returns outweigh sales.';
comment on column bi.stock_cover.days_of_cover is 'on_hand_quantity ÷ daily_quantity; 0 when out of stock, null when nothing sold.';
comment on column bi.stock_cover.measured_on is 'The store''s last day with a sale; for a store that has never sold, that of any store.';
comment on column bi.stock_cover.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
