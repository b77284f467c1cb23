-- For a day that is built after later ones: what moved later is no part of its opening, and what it changes moves the
-- later days' openings and closings along. {date}: the day.
create temp table later on commit drop as
select first_store_key, first_product_key, store.store_key, product.product_key
from movement
join analytics.dim_store as first_store on first_store.store_key = first_store_key
join analytics.dim_store as store on store.store_id = first_store.store_id
join analytics.dim_product as first_product on first_product.product_key = first_product_key
join analytics.dim_product as product on product.product_id = first_product.product_id
where movement.last_date > {date} and (movement.opening_before is null or movement.difference <> 0);

analyze later;

update movement set moved_later = moved.net
from (
  select first_store_key, first_product_key, sum(fact.closing_quantity - fact.opening_quantity) as net
  from later
  join analytics.fact_inventory as fact using (store_key, product_key)
  where fact.inventory_date > {date}
  group by first_store_key, first_product_key
) as moved
where movement.first_store_key = moved.first_store_key and movement.first_product_key = moved.first_product_key;

update analytics.fact_inventory as fact set
  opening_quantity = fact.opening_quantity + movement.difference,
  closing_quantity = fact.closing_quantity + movement.difference,
  updated_at = now()
from movement
join later using (first_store_key, first_product_key)
where fact.store_key = later.store_key and fact.product_key = later.product_key and fact.inventory_date > {date}
  and movement.difference <> 0;

drop table later
