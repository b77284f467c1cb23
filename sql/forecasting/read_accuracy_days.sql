-- By day: units that were forecast and sold, of the newest days that were compared. $1 store, $2 category: null for all; $3 days ahead of
-- the forecast; $4 days. Who sees every store reads the sums over all stores.
with days as materialized (
  select max(target_date) as newest from analytics.forecast_accuracy
),
own as (
  select total.target_date, total.actual_quantity, total.forecast_quantity, total.absolute_error
  from analytics.forecast_accuracy_total as total
  where $1::text is null and (select ref.sees_everything())
    and ($2::text is null or category = $2)
    and horizon_days = $3
    and target_date > (select newest from days) - $4::integer
  union all
  select accuracy.target_date, accuracy.actual_quantity, accuracy.forecast_quantity, accuracy.absolute_error
  from analytics.forecast_accuracy as accuracy
  where not ($1::text is null and (select ref.sees_everything()))
    and ($1::text is null or store_key = any (array(select store_key from analytics.dim_store where store_id = $1)))
    and ($2::text is null or category = $2)
    and horizon_days = $3
    and target_date > (select newest from days) - $4::integer
)
select
  target_date as day,
  sum(actual_quantity)::float8 as actual,
  sum(forecast_quantity)::float8 as forecast,
  sum(absolute_error)::float8 as error
from own
group by target_date
order by target_date
