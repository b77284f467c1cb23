-- How the errors of forecasts go together, as correlations from 0 to 1, from what was measured in the quarter until the day
-- $1: between two days of a series, and between two stores on a day; null where there were no two. A row for each speed of which there
-- were enough forecasts, and one for all; no row of fewer than ten forecasts. $2 errors that a speed needs of its own.
with measured as (
  select *
  from ops.forecast_dependence
  where measured_on between $1::date - 91 and $1
),

quarter as (
  select
    speed,
    count(distinct measured_on)::integer as forecasts,
    sum(errors) as errors,
    sum(squares) as squares,
    sum(day_pairs) as day_pairs,
    sum(day_products) as day_products,
    sum(store_pairs) as store_pairs,
    sum(store_products) as store_products
  from (
    select 'all' as speed, measured_on, errors, squares, day_pairs, day_products, store_pairs, store_products from measured
    union all
    select speed, measured_on, errors, squares, day_pairs, day_products, store_pairs, store_products from measured where speed <> 'all'
  ) as counted
  group by speed
)

select
  speed,
  case when day_pairs > 0 then greatest(0, least(1, day_products / day_pairs * errors / squares)) end::float8 as days,
  case when store_pairs > 0 then greatest(0, least(1, store_products / store_pairs * errors / squares)) end::float8 as stores,
  forecasts
from quarter
where forecasts >= 10 and squares > 0 and (speed = 'all' or errors >= $2)
order by speed
