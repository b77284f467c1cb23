-- Forecasts for series that have sold before and not within the window of the features: nothing. {forecasts}: store_id, product_id,
-- target_date of what has a forecast; {daily}: rows of features/daily_sales; {origin}: the last day that is known; {numbers}: the
-- columns of a forecast, made from `units`; {period_days}: of a forecast. `history_day` is of history.sql.
--
-- What sold in a year before and was as silent a year ago as it is now is seasonal: it has the forecast of the same days a year ago.
with sale as (
  select store_id, product_id, date
  from {daily}
  where units > 0 and date <= {origin}
),

ended as (
  select store_id, product_id, min(date) as first_sale
  from sale
  group by store_id, product_id
),

sold_a_year_ago as (
  select distinct store_id, product_id
  from sale
  where date between {origin} - 364 - 89 and {origin} - 364
),

seasonal as (
  select store_id, product_id
  from ended
  anti join sold_a_year_ago using (store_id, product_id)
  where first_sale < {origin} - 364 - 89
),

missing as (
  select store_id, product_id, target_date
  from ended
  anti join {forecasts} using (store_id, product_id)
  cross join (select distinct target_date from {forecasts})
)

select store_id, product_id, target_date, {numbers}
from (
  select missing.*, coalesce(around_7 * {period_days}, 0) as units
  from missing
  left join seasonal using (store_id, product_id)
  left join history_day
    on history_day.store_id = seasonal.store_id and history_day.product_id = seasonal.product_id
    and history_day.date = target_date - 364
)
