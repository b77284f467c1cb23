-- What a store sold of each category by day of the week (Monday is 1), before the days that are replayed.
-- $1 store, $2 first day, $3 last day.
select
  coalesce(category, '') as category,
  extract(isodow from sale_date)::integer as weekday,
  sum(quantity)::float8 as units
from analytics.fact_sales as sale
join analytics.dim_product using (product_key)
where sale_date between $2 and $3
  and store_key = any (array(select store_key from analytics.dim_store where store_id = $1))
  and not is_return and quantity > 0
group by 1, 2
