-- How the errors of forecasts go together, as correlations from 0 to 1, from what was measured in the quarter until the day
-- $1: between two days of a series, and between two stores on a day; null where there were no two. No row of fewer than ten
-- forecasts.
select
  case when day_pairs > 0 then greatest(0, least(1, day_products / day_pairs * errors / squares)) end::float8 as days,
  case when store_pairs > 0 then greatest(0, least(1, store_products / store_pairs * errors / squares)) end::float8 as stores,
  forecasts
from (
  select
    count(*)::integer as forecasts,
    sum(errors) as errors,
    sum(squares) as squares,
    sum(day_pairs) as day_pairs,
    sum(day_products) as day_products,
    sum(store_pairs) as store_pairs,
    sum(store_products) as store_products
  from ops.forecast_dependence
  where measured_on between $1::date - 91 and $1
) as quarter
where forecasts >= 10 and squares > 0
