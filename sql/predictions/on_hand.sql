-- Units on hand of each product in each store when {date} was over: all that has moved, less what moved later. A stock that
-- is not reported is what was sold below zero: it is left out. {postgres}: the attached database.
create or replace temp table on_hand as
with moved_later as (
  select store_key, product_key, sum(closing_quantity - opening_quantity) as quantity
  from {postgres}.analytics.fact_inventory
  where inventory_date > {date}
  group by all
),

later as (
  select store.store_id, product.product_id, sum(moved_later.quantity) as quantity
  from moved_later
  join {postgres}.analytics.dim_store as store using (store_key)
  join {postgres}.analytics.dim_product as product using (product_key)
  group by all
)

select store_id, product_id, (balance.quantity - coalesce(later.quantity, 0))::double as quantity
from {postgres}.ops.inventory_balances as balance
join {postgres}.analytics.dim_store as store using (store_key)
join {postgres}.analytics.dim_product as product using (product_key)
left join later using (store_id, product_id)
where balance.quantity - coalesce(later.quantity, 0) >= 0
