-- Writes a day's positions. A day that held a row opens as it did; else it opens with all that moved, less what moved later.
-- {date}: the day; {staging}: its movements.
insert into analytics.fact_inventory (
  inventory_date, store_key, product_key, opening_quantity, received_quantity, sold_quantity, adjusted_quantity,
  closing_quantity, is_synthetic
)
select
  {date}, store.store_key, product.product_key, opening.quantity, staged.received, staged.sold, staged.adjusted,
  opening.quantity + staged.received - staged.sold + staged.adjusted, staged.is_synthetic
from {staging} as staged
join movement using (first_store_key, first_product_key)
cross join lateral (select coalesce(opening_before, balance - moved_later) as quantity) as opening
join analytics.dim_store as store
  on store.store_id = staged.store_id and last_moved_at >= store.valid_from and last_moved_at < store.valid_to
join analytics.dim_product as product
  on product.product_id = staged.product_id and last_moved_at >= product.valid_from and last_moved_at < product.valid_to
