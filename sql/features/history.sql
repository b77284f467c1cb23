-- What series sold around a day, for days a year and more back. {daily}: rows of features/daily_sales; {products}: product_id,
-- category, department.
--
-- A series has a row for each day from its first sale on. A mean is of the days that it has within its window; the windows are
-- of whole weeks, so that they hold for weeks too, which have their sales on one day. `around` looks ahead of its day: it is
-- read of days that lie at least 18 days before the origin.
create or replace temp table history_day as
with sale as (
  select store_id, product_id, date, sum(units)::double as units
  from {daily}
  group by all
),

span as (
  select
    store_id,
    product_id,
    unnest(generate_series(min(date)::timestamp, (select max(date)::timestamp from sale), interval 1 day))::date as date
  from sale
  where units > 0
  group by store_id, product_id
)

select
  store_id,
  product_id,
  date,
  coalesce(units, 0)::float as units,
  avg(coalesce(units, 0)) over week_around::float as around_7,
  avg(coalesce(units, 0)) over three_weeks_around::float as around_21,
  avg(coalesce(units, 0)) over weeks_around::float as around_35,
  ((avg(coalesce(units, 0)) over days_7 + avg(coalesce(units, 0)) over days_28) / 2)::float as before_level,
  avg(coalesce(units, 0)) over days_28::float as before_28,
  avg(coalesce(units, 0)) over days_182::float as before_182,
  avg(coalesce(units, 0)) over days_364::float as before_364
from span
left join sale using (store_id, product_id, date)
window
  week_around as (partition by store_id, product_id order by date rows between 3 preceding and 3 following),
  three_weeks_around as (partition by store_id, product_id order by date rows between 10 preceding and 10 following),
  weeks_around as (partition by store_id, product_id order by date rows between 17 preceding and 17 following),
  days_7 as (partition by store_id, product_id order by date rows 6 preceding),
  days_28 as (partition by store_id, product_id order by date rows 27 preceding),
  days_182 as (partition by store_id, product_id order by date rows 181 preceding),
  days_364 as (partition by store_id, product_id order by date rows 363 preceding);

-- The same of all series, and of each category: a season that a single series is too small to show. Summed as whole numbers, so
-- that the order in which rows are added makes no difference.
create or replace temp table history_peer as
select
  category,
  date,
  sum(round(around_7 * 1000000)::hugeint)::double / 1000000 as around_7,
  sum(round(around_21 * 1000000)::hugeint)::double / 1000000 as around_21,
  sum(round(before_level * 1000000)::hugeint)::double / 1000000 as before_level,
  sum(round(before_28 * 1000000)::hugeint)::double / 1000000 as before_28
from history_day
left join {products} as product using (product_id)
group by grouping sets ((category, date), (date))
having grouping(category) = 1 or category is not null
