-- For a day that is built after later ones: what moved later is no part of its opening, and what it changes moves the
-- later days' openings and closings along. {date}: the day.
update movement set moved_later = later.net
from (
  select store.store_id, product.product_id, sum(fact.closing_quantity - fact.opening_quantity) as net
  from movement
  join analytics.dim_store as store using (store_id)
  join analytics.dim_product as product using (product_id)
  join analytics.fact_inventory as fact using (store_key, product_key)
  where movement.opening_before is null and movement.last_date > {date} and fact.inventory_date > {date}
  group by store.store_id, product.product_id
) as later
where movement.store_id = later.store_id and movement.product_id = later.product_id;

update analytics.fact_inventory as fact set
  opening_quantity = fact.opening_quantity + movement.difference,
  closing_quantity = fact.closing_quantity + movement.difference,
  updated_at = now()
from movement
join analytics.dim_store as store using (store_id)
join analytics.dim_product as product using (product_id)
where fact.store_key = store.store_key and fact.product_key = product.product_key and fact.inventory_date > {date}
  and movement.last_date > {date} and movement.difference <> 0
