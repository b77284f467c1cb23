-- What series sell in the mean, by store and category and up the hierarchy: what new ones are forecast from (cold_start.sql).
-- {forecasts}: store_id, product_id, target_date and numbers; {products}: product_id, category, department; {averages}: the mean of
-- each number.
create or replace temp table forecast_level as
with known as (
  select forecast.*, category, department
  from {forecasts} as forecast
  left join {products} as product using (product_id)
)

select
  store_id,
  category,
  department,
  target_date,
  grouping_id(store_id, category, department) as level,
  {averages} as said
from known
group by grouping sets (
  (store_id, category, target_date), (category, target_date), (department, target_date), (store_id, target_date), (target_date)
)
