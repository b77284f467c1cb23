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
    q05, q10, q90, q95,
    [q05, q10, q25, q50, q75, q90, q95] as quantiles
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
  case when has_quantiles then list_avg(list_transform(
    list_zip([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95], quantiles),
    lambda pair : greatest(pair[1]::double * (actual - pair[2]), (pair[1]::double - 1) * (actual - pair[2]))
  )) else 0 end::decimal(18, 6) as pinball_loss,
  coalesce(actual between q10 and q90, false) as is_covered_80,
  coalesce(actual between q05 and q95, false) as is_covered_90
from judged
