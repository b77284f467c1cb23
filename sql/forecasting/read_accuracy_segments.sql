-- How far forecasts were off in the newest days that were compared, by segment, the most units off first. $1 store, $2 category: null for
-- all; $3 days ahead of the forecast, null for each by itself; $4 days; $5 what a segment is: category, store, model or days ahead;
-- $6 at most. Who sees every store reads the sums over all stores, unless they are asked for store by store.
with days as materialized (
  select max(target_date) as newest from analytics.forecast_accuracy
),
own as (
  select
    null::bigint as store_key, total.category, total.horizon_days, total.model_name, total.model_version, total.actual_quantity,
    total.forecast_quantity, total.absolute_error, total.covered_80, total.intervals
  from analytics.forecast_accuracy_total as total
  where $1::text is null and $5::text <> 'store' and (select ref.sees_everything())
    and ($2::text is null or total.category = $2)
    and (horizon_days = $3 or $5 = 'horizon')
    and target_date > (select newest from days) - $4::integer
  union all
  select
    accuracy.store_key, accuracy.category, accuracy.horizon_days, accuracy.model_name, accuracy.model_version, accuracy.actual_quantity,
    accuracy.forecast_quantity, accuracy.absolute_error, accuracy.covered_80, accuracy.intervals
  from analytics.forecast_accuracy as accuracy
  where not ($1::text is null and $5::text <> 'store' and (select ref.sees_everything()))
    and ($1::text is null or accuracy.store_key = any (array(select store_key from analytics.dim_store where store_id = $1)))
    and ($2::text is null or accuracy.category = $2)
    and (horizon_days = $3 or $5 = 'horizon')
    and target_date > (select newest from days) - $4::integer
),
segmented as (
  select
    case $5::text
      when 'category' then category
      when 'store' then (select store_id from analytics.dim_store where dim_store.store_key = own.store_key)
      when 'model' then model_name || ' v' || model_version
      else lpad(horizon_days::text, 2, '0')
    end as segment,
    own.*
  from own
)
select
  segment,
  sum(actual_quantity)::float8 as actual,
  sum(forecast_quantity)::float8 as forecast,
  sum(absolute_error)::float8 as error,
  (sum(absolute_error) / nullif(sum(actual_quantity), 0))::float8 as wape,
  (sum(forecast_quantity - actual_quantity) / nullif(sum(actual_quantity), 0))::float8 as bias,
  (sum(covered_80) / nullif(sum(intervals), 0)::numeric)::float8 as coverage
from segmented
group by segment
order by case when $5 = 'horizon' then segment end, sum(absolute_error) desc, segment
limit $6
