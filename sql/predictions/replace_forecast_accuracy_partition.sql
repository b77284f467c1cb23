-- {date}: the day that was forecast; {staging}: its forecasts beside the actual sales, product by product. The versions are those
-- that held when the day was over.
insert into analytics.forecast_accuracy (
  target_date, store_key, category, horizon_days, model_name, model_version, forecasts, actual_quantity, forecast_quantity,
  absolute_error, intervals, pinball_loss, covered_80, covered_90, squared_error, relative_error, sold_forecasts
)
with store as (
  select distinct on (store_id) store_id, store_key
  from analytics.dim_store
  where valid_from < ({date} + 1)::timestamp at time zone 'UTC'
  order by store_id, valid_from desc
),

product as (
  select distinct on (product_id) product_id, coalesce(category, 'Unknown') as category
  from analytics.dim_product
  where valid_from < ({date} + 1)::timestamp at time zone 'UTC'
  order by product_id, valid_from desc
)

select
  {date}, store_key, category, horizon, model_name, model_version, count(*), sum(actual_quantity), sum(forecast_quantity),
  sum(absolute_error), count(*) filter (where has_quantiles), sum(pinball_loss), count(*) filter (where is_covered_80),
  count(*) filter (where is_covered_90), sum(absolute_error * absolute_error),
  coalesce(sum(absolute_error / nullif(actual_quantity, 0)) filter (where actual_quantity > 0), 0),
  count(*) filter (where actual_quantity > 0)
from {staging} as staged
join store using (store_id)
join product using (product_id)
group by store_key, category, horizon, model_name, model_version
