-- Writes a day whose rows were deleted in the same transaction. {date}: the day; {staging}: its movements; {carried}: what the fact
-- holds of them as they are staged. Cost and list price are those of the last movement, as far as they are known now.
insert into analytics.fact_stock_movement (movement_date, store_key, product_key, {carried}, unit_cost, list_price)
select
  {date}, store.store_key, product.product_key, {carried},
  ref.unit_cost_at(staged.store_id, staged.product_id, store.currency, last_moved_at),
  analytics.list_price_at(staged.store_id, staged.product_id, last_moved_at)
from {staging} as staged
join analytics.dim_store as store
  on store.store_id = staged.store_id and last_moved_at >= store.valid_from and last_moved_at < store.valid_to
join analytics.dim_product as product
  on product.product_id = staged.product_id and last_moved_at >= product.valid_from and last_moved_at < product.valid_to
