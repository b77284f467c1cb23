-- For a day that is built after later ones, or again with other sales: it is one of the 28 days that the later days' sales per day are
-- a mean of. {date}: the day, which has its new rows.
with changed as materialized (
  select store.store_id, product.product_id
  from movement
  join analytics.dim_store as store on store.store_key = first_store_key
  join analytics.dim_product as product on product.product_key = first_product_key
  where sold_differs
),
-- The days on which a store moved anything are one more or one fewer: for all its products.
reopened as materialized (
  select store.store_id
  from movement
  join analytics.dim_store as store on store.store_key = first_store_key
  group by store.store_id
  having bool_or(is_staged) is distinct from bool_or(opening_before is not null)
),
target as materialized (
  select inventory_date, store_key, product_key, store_id, product_id, supplier_key
  from analytics.fact_inventory
  join analytics.dim_store using (store_key)
  join analytics.dim_product using (product_key)
  where inventory_date > {date} and inventory_date < {date} + 28
    and (store_id in (select store_id from reopened) or (store_id, product_id) in (select store_id, product_id from changed))
),
recent as materialized (
  select inventory_date, store_id, product_id, sold_quantity
  from analytics.fact_inventory
  join analytics.dim_store using (store_key)
  join analytics.dim_product using (product_key)
  where inventory_date > {date} - 27 and inventory_date < {date} + 28
    and store_id in (select store_id from target)
),
sold as (
  select
    target.inventory_date, target.store_id, target.product_id,
    sum(sold_quantity) as quantity, sum(sold_quantity * sold_quantity) as squares
  from target
  join recent
    on recent.store_id = target.store_id and recent.product_id = target.product_id
    and recent.inventory_date > target.inventory_date - 28 and recent.inventory_date <= target.inventory_date
  group by target.inventory_date, target.store_id, target.product_id
),
open_day as materialized (
  select distinct inventory_date, store_id from recent
),
open_days as (
  select day.inventory_date, day.store_id, count(*) as days
  from (select distinct inventory_date, store_id from target) as day
  join open_day
    on open_day.store_id = day.store_id
    and open_day.inventory_date > day.inventory_date - 28 and open_day.inventory_date <= day.inventory_date
  group by day.inventory_date, day.store_id
)
update analytics.fact_inventory as fact
set
  daily_quantity = point.daily_quantity,
  safety_stock = point.safety_stock,
  reorder_point = point.reorder_point,
  updated_at = now()
from target
join sold using (inventory_date, store_id, product_id)
join open_days using (inventory_date, store_id)
left join analytics.dim_supplier as supplier using (supplier_key)
cross join ref.policy_default as policy
cross join lateral analytics.order_point(
  quantity, squares, days, coalesce(supplier.lead_time_days, policy.lead_time_days) + policy.review_days, policy.service_target
) as point
where fact.inventory_date = target.inventory_date
  and fact.store_key = target.store_key
  and fact.product_key = target.product_key
  and row(fact.daily_quantity, fact.safety_stock, fact.reorder_point)
    is distinct from row(point.daily_quantity, point.safety_stock, point.reorder_point)
