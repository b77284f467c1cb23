-- {date}: the last day of the week; {forecast_date}: the last day that its forecasts knew; {staging}: their errors. Of n errors
-- whose sum is s, the products of all ordered pairs sum to s² less the squares.
insert into ops.forecast_dependence (
  measured_on, forecast_date, errors, squares, day_pairs, day_products, store_pairs, store_products
)
with error as materialized (
  select store_id, product_id, target_date, error from {staging} as staged
),

over_days as (
  select count(*) as n, sum(error) ^ 2 - sum(error ^ 2) as products from error group by store_id, product_id
),

over_stores as (
  select count(*) as n, sum(error) ^ 2 - sum(error ^ 2) as products from error group by product_id, target_date
)

select
  {date}, {forecast_date}, errors, squares, day_pairs, day_products, store_pairs, store_products
from (select count(*) as errors, sum(error ^ 2) as squares from error) as every_error
cross join (select sum(n * (n - 1)) as day_pairs, sum(products) as day_products from over_days) as days
cross join (select sum(n * (n - 1)) as store_pairs, sum(products) as store_products from over_stores) as stores
where errors > 0
