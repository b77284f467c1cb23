-- Covariates for every day of every series, so that an origin and a day ahead each find theirs by one key. {relation}:
-- store_id, product_id, date and the covariates, perhaps not for every day: a value is valid until the next one; {features}:
-- rows of features/demand, whose origins define the days; {last}: days ahead. {latest}: each covariate's row that
-- has its last value; {filled}: each with its last value; {means}: over the 7 and 28 days up to a day.
create or replace temp table covariate as
with wanted as (
  select min(date) - 28 as from_date, max(date) + {last} as through_date from {features}
),

-- The last value before the first day is valid on it.
told as (
  select store_id, product_id, greatest(date, from_date) as date, {latest}
  from {relation}
  cross join wanted
  where date <= through_date
  group by store_id, product_id, greatest(date, from_date)
),

span as (
  select
    store_id,
    product_id,
    unnest(generate_series(min(date)::timestamp, any_value(through_date)::timestamp, interval 1 day))::date as date
  from told
  cross join wanted
  group by store_id, product_id
),

dense as (
  select
    store_id,
    product_id,
    date,
    {filled}
  from span
  left join told using (store_id, product_id, date)
  window past as (partition by store_id, product_id order by date)
)

select
  *
  {means}
from dense
window
  days_7 as (partition by store_id, product_id order by date rows 6 preceding),
  days_28 as (partition by store_id, product_id order by date rows 27 preceding)
