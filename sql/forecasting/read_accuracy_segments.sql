-- How far forecasts were off in the newest days that were compared, by segment, the most units off first. $1 store, $2 category: null for
-- all; $3 days ahead of the forecast, null for each by itself; $4 days; $5 what a segment is: category, store, model or days ahead;
-- $6 at most.
with own as materialized (
  select
    case $5::text
      when 'category' then accuracy.category
      when 'store' then store.store_id
      when 'model' then accuracy.model_name || ' v' || accuracy.model_version
      else lpad(accuracy.horizon_days::text, 2, '0')
    end as segment,
    accuracy.*
  from analytics.forecast_accuracy as accuracy
  join analytics.dim_store as store using (store_key)
  where ($1::text is null or store.store_id = $1)
    and ($2::text is null or accuracy.category = $2)
    and (horizon_days = $3 or $5 = 'horizon')
    and target_date > (select max(target_date) from analytics.forecast_accuracy) - $4::integer
)
select
  segment,
  sum(actual_quantity)::float8 as actual,
  sum(forecast_quantity)::float8 as forecast,
  sum(absolute_error)::float8 as error,
  (sum(absolute_error) / nullif(sum(actual_quantity), 0))::float8 as wape,
  (sum(forecast_quantity - actual_quantity) / nullif(sum(actual_quantity), 0))::float8 as bias,
  (sum(covered_80) / nullif(sum(intervals), 0)::numeric)::float8 as coverage
from own
group by segment
order by case when $5 = 'horizon' then segment end, sum(absolute_error) desc, segment
limit $6
