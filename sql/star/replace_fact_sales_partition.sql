-- Writes a day whose rows were deleted in the same transaction. {date}: the day; {staging}: its lines, by natural key;
-- {carried}: what the fact holds of a line as it is staged.
insert into analytics.fact_sales (sale_date, store_key, product_key, {carried})
select {date}, store.store_key, product.product_key, {carried}
from {staging} as staged
join analytics.dim_store as store
  on store.store_id = staged.store_id and sold_at >= store.valid_from and sold_at < store.valid_to
join analytics.dim_product as product
  on product.product_id = staged.product_id and sold_at >= product.valid_from and sold_at < product.valid_to
