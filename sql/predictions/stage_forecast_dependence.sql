-- The errors of the week after a forecast, each over the standard deviation that the forecast gave. {predictions}: forecasts,
-- those of {forecast_date} among them; {daily}: sales of the week by store and product; {keep}: the shard's condition;
-- {speed}: how fast a series sells, by its `usual` units a day.
with came as (
  select store_id, product_id, date, sum(units)::double as units
  from {daily}
  where {keep}
  group by all
),

-- A store that reported nothing is a gap in the data, not a day without demand.
open_store as (
  select distinct store_id, date from came
)

select
  forecast.store_id,
  forecast.product_id,
  target_date,
  {speed} as speed,
  -- Counts vary at least by their mean.
  ((coalesce(units, 0) - mean) / sqrt(greatest(mean, deviation ^ 2)))::decimal(18, 6) as error
from (
  select *, avg(mean) over (partition by store_id, product_id) as usual
  from {predictions}
  where {keep} and date = {forecast_date} and mean > 0 and deviation is not null
) as forecast
join open_store on open_store.store_id = forecast.store_id and open_store.date = forecast.target_date
left join came
  on came.store_id = forecast.store_id and came.product_id = forecast.product_id and came.date = forecast.target_date
