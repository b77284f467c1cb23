-- {date}: the last day that the forecasts knew; {staging}: the forecasts, by natural key. The versions are those that held
-- when that day was over.
insert into analytics.fact_forecast (
  forecast_date, target_date, store_key, product_key, model_name, model_version, mean_quantity, p10_quantity,
  p50_quantity, p90_quantity
)
select
  {date}, target_date, store.store_key, product.product_key, model_name, model_version, mean_quantity, p10_quantity,
  p50_quantity, p90_quantity
from {staging} as staged
join lateral (
  select store_key from analytics.dim_store
  where dim_store.store_id = staged.store_id and valid_from < ({date} + 1)::timestamp at time zone 'UTC'
  order by valid_from desc limit 1
) as store on true
join lateral (
  select product_key from analytics.dim_product
  where dim_product.product_id = staged.product_id and valid_from < ({date} + 1)::timestamp at time zone 'UTC'
  order by valid_from desc limit 1
) as product on true
