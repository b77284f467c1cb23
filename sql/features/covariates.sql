-- Covariates for every day of every series, so that an origin and a day ahead each find theirs by one key. {relation}:
-- store_id, product_id, date and the covariates, perhaps not for every day: a value holds until another is told. {filled}:
-- each as it was last told; {means}: over the 7 and 28 days up to a day.
create or replace temp table covariate as
with span as (
  select
    store_id,
    product_id,
    unnest(generate_series(min(date)::timestamp, (select max(date)::timestamp from {relation}), interval 1 day))::date as date
  from {relation}
  group by store_id, product_id
),

dense as (
  select
    store_id,
    product_id,
    date,
    {filled}
  from span
  left join {relation} as told using (store_id, product_id, date)
  window past as (partition by store_id, product_id order by date)
)

select
  *
  {means}
from dense
window
  days_7 as (partition by store_id, product_id order by date rows 6 preceding),
  days_28 as (partition by store_id, product_id order by date rows 27 preceding)
