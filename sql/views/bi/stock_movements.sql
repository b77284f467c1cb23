create or replace view bi.stock_movements with (security_invoker = true) as
select
  movement.movement_date,
  store.store_key,
  store.store_id,
  store.name as store_name,
  product.product_key,
  product.product_id,
  product.name as product_name,
  product.category,
  movement.reason,
  movement.movements,
  movement.quantity,
  movement.cost_amount,
  movement.list_amount,
  movement.last_moved_at,
  movement.updated_at
from bi.fact_stock_movement as movement
join analytics.dim_store as store using (store_key)
join analytics.dim_product as product using (product_key);

comment on view bi.stock_movements is 'fact_stock_movement with the names of store and product.';
comment on column bi.stock_movements.movement_date is 'The store''s day.';
comment on column bi.stock_movements.store_key is 'Version of the store at the last movement.';
comment on column bi.stock_movements.store_id is 'The store, as the sources call it.';
comment on column bi.stock_movements.store_name is 'Its name.';
comment on column bi.stock_movements.product_key is 'Version of the product at the last movement.';
comment on column bi.stock_movements.product_id is 'The product, as the sources call it.';
comment on column bi.stock_movements.product_name is 'Its name.';
comment on column bi.stock_movements.category is 'Its category.';
comment on column bi.stock_movements.reason is 'sale, return, delivery, transfer, adjustment, count or waste.';
comment on column bi.stock_movements.movements is 'Sale lines or stock movements.';
comment on column bi.stock_movements.quantity is 'Units added (positive) or removed (negative).';
comment on column bi.stock_movements.cost_amount is 'quantity × the cost of a unit; null: unknown.';
comment on column bi.stock_movements.list_amount is 'quantity × the regular price; null: unknown.';
comment on column bi.stock_movements.last_moved_at is 'Instant of the last movement, UTC.';
comment on column bi.stock_movements.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
