-- By day: units that were forecast and sold, of the newest days that were compared. $1 store, $2 category: null for all; $3 days ahead of
-- the forecast; $4 days.
with own as materialized (
  select accuracy.*
  from analytics.forecast_accuracy as accuracy
  where ($1::text is null or store_key in (select store_key from analytics.dim_store where store_id = $1))
    and ($2::text is null or category = $2)
    and horizon_days = $3
    and target_date > (select max(target_date) from analytics.forecast_accuracy) - $4::integer
)
select
  target_date as day,
  sum(actual_quantity)::float8 as actual,
  sum(forecast_quantity)::float8 as forecast,
  sum(absolute_error)::float8 as error
from own
group by target_date
order by target_date
