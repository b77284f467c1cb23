-- {date}: the last day of the week; {forecast_date}: the last day that its forecasts knew; {staging}: their errors. Of n errors
-- whose sum is s, the products of all ordered pairs sum to s² less the squares.
insert into ops.forecast_dependence (
  measured_on, speed, forecast_date, errors, squares, day_pairs, day_products, store_pairs, store_products
)
with error as materialized (
  select speed, store_id, product_id, target_date, error from {staging} as staged
),

over_days as (
  select speed, count(*) as n, sum(error) ^ 2 - sum(error ^ 2) as products from error group by speed, store_id, product_id
),

over_stores as (
  select speed, count(*) as n, sum(error) ^ 2 - sum(error ^ 2) as products from error group by speed, product_id, target_date
)

select
  {date}, speed, {forecast_date}, errors, squares, day_pairs, day_products, store_pairs, store_products
from (select speed, count(*) as errors, sum(error ^ 2) as squares from error group by speed) as every_error
join (select speed, sum(n * (n - 1)) as day_pairs, sum(products) as day_products from over_days group by speed) as days
  using (speed)
join (select speed, sum(n * (n - 1)) as store_pairs, sum(products) as store_products from over_stores group by speed) as stores
  using (speed)
