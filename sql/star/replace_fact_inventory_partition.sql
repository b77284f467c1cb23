-- Writes a day's positions. A day that held a row opens as it did; else it opens with all that moved, less what moved later.
-- {date}: the day; {staging}: its movements.
insert into analytics.fact_inventory (
  inventory_date, store_key, product_key, opening_quantity, received_quantity, sold_quantity, adjusted_quantity,
  closing_quantity, is_synthetic, daily_quantity, unit_cost, safety_stock, reorder_point
)
with recent as materialized (
  select store_id, product_id, inventory_date, sold_quantity
  from analytics.fact_inventory
  join analytics.dim_store using (store_key)
  join analytics.dim_product using (product_key)
  where inventory_date > {date} - 28 and inventory_date < {date}
),
sold as (
  select store_id, product_id, sum(sold_quantity) as quantity, sum(sold_quantity * sold_quantity) as squares
  from recent group by store_id, product_id
),
open_days as (
  select store_id, count(distinct inventory_date) + 1 as days from recent group by store_id
)
select
  {date}, store.store_key, product.product_key, opening.quantity, staged.received, staged.sold, staged.adjusted,
  opening.quantity + staged.received - staged.sold + staged.adjusted, staged.is_synthetic,
  point.daily_quantity, ref.unit_cost_at(staged.store_id, staged.product_id, store.currency, last_moved_at),
  point.safety_stock, point.reorder_point
from {staging} as staged
join movement using (first_store_key, first_product_key)
cross join lateral (select coalesce(opening_before, balance - moved_later) as quantity) as opening
join analytics.dim_store as store
  on store.store_id = staged.store_id and last_moved_at >= store.valid_from and last_moved_at < store.valid_to
join analytics.dim_product as product
  on product.product_id = staged.product_id and last_moved_at >= product.valid_from and last_moved_at < product.valid_to
left join analytics.dim_supplier as supplier on supplier.supplier_key = product.supplier_key
left join sold on sold.store_id = staged.store_id and sold.product_id = staged.product_id
left join open_days on open_days.store_id = staged.store_id
cross join ref.policy_default as policy
cross join lateral analytics.order_point(
  coalesce(sold.quantity, 0) + staged.sold,
  coalesce(squares, 0) + staged.sold * staged.sold,
  coalesce(days, 1),
  coalesce(supplier.lead_time_days, policy.lead_time_days) + policy.review_days,
  policy.service_target
) as point
