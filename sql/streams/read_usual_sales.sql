-- What products usually sell and cost in their stores. $1 stores and $2 products, one by one
select store_id, product_id, units_per_day::float8 as units, unit_price::float8 as price
from unnest($1::text[], $2::text[]) as key (store_id, product_id)
join state.sales_rate using (store_id, product_id)
