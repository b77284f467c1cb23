-- A plan of weeks: what is forecast for each store and category, beside the same week of the year before. {forecasts}: store_id, product_id
-- (the category), target_date, mean, q10 and high_80; {daily}: rows of features/daily_sales by category.
create or replace temp table season_plan as
with sold as (
  select store_id, product_id, date_trunc('week', date)::date as week, sum(units)::double as units
  from {daily}
  group by store_id, product_id, date_trunc('week', date)
),

known as (select min(week) as first_week from sold)

select
  forecast.store_id,
  forecast.product_id as category,
  forecast.target_date as week,
  forecast.mean::double as mean,
  forecast.q10::double as low,
  forecast.high_80::double as high,
  -- A week without sales is none of the file where the file begins later.
  case when forecast.target_date - 364 >= first_week then coalesce(units, 0) end as last_year
from {forecasts} as forecast
cross join known
left join sold
  on sold.store_id = forecast.store_id and sold.product_id = forecast.product_id and sold.week = forecast.target_date - 364
