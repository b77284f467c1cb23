-- A version's errors a day and store, on days that have come. $1 model, $2 version, $3 first day, $4 last day, $5 days ahead
-- at most
select
  target_date::text as date,
  store_id as "storeId",
  sum(forecasts)::float8 as forecasts,
  sum(actual_quantity)::float8 as actual,
  sum(absolute_error)::float8 as "absoluteError"
from analytics.forecast_accuracy
join analytics.dim_store using (store_key)
where model_name = $1 and model_version = $2 and target_date between $3::date and $4::date and horizon_days <= $5
group by target_date, store_id
order by target_date, store_id
