-- Every forecast for a day, whenever it was made, beside the actual sales. {predictions}: forecasts that were made in the six weeks
-- before; {daily}: the day's sales by store and product, and nothing else; {keep}: the shard's condition.
with came as (
  select store_id, product_id, date, sum(units)::double as units
  from {daily}
  where {keep}
  group by all
),

-- A store that reported nothing is a gap in the data, not a day without demand.
open_store as (
  select distinct store_id, date from came
),

judged as (
  select
    forecast.store_id,
    forecast.product_id,
    horizon,
    model_name,
    model_version,
    mean,
    coalesce(units, 0) as actual,
    q50 is not null as has_quantiles,
    q05, q10, q25, q50, q75, q90, q95
  from (select * from {predictions} where {keep}) as forecast
  join open_store on open_store.store_id = forecast.store_id and open_store.date = forecast.target_date
  left join came on came.store_id = forecast.store_id and came.product_id = forecast.product_id
)

select
  store_id,
  product_id,
  horizon,
  model_name,
  model_version,
  actual::decimal(18, 6) as actual_quantity,
  mean::decimal(18, 6) as forecast_quantity,
  abs(mean::decimal(18, 6) - actual::decimal(18, 6))::decimal(18, 6) as absolute_error,
  has_quantiles,
  case when has_quantiles then (
    greatest(0.05 * (actual - q05), -0.95 * (actual - q05)) +
    greatest(0.1 * (actual - q10), -0.9 * (actual - q10)) +
    greatest(0.25 * (actual - q25), -0.75 * (actual - q25)) +
    greatest(0.5 * (actual - q50), -0.5 * (actual - q50)) +
    greatest(0.75 * (actual - q75), -0.25 * (actual - q75)) +
    greatest(0.9 * (actual - q90), -0.1 * (actual - q90)) +
    greatest(0.95 * (actual - q95), -0.05 * (actual - q95))
  ) / 7 else 0 end::decimal(18, 6) as pinball_loss,
  coalesce(actual between q10 and q90, false) as is_covered_80,
  coalesce(actual between q05 and q95, false) as is_covered_90
from judged
