-- Sums of errors by days ahead and demand class. {forecasts}: the table of what was forecast, with the simple forecasts beside it;
-- {daily}: rows of features/daily_sales, of the file; {availability}: store_id, product_id, date, in_stock_share; {judged}: which
-- days count; {origin}: the last day that was known; {horizon_cases}: the name of a number of days ahead; {sums}: the sums, of which `actual` and `share` are the day's.
--
-- A series is measured from its first row in the file on: before, no one asked for its forecast. Where a part of a day was out of stock, what
-- sold is compared with the same part of the forecast. Of what is added up millionths count, so that the order of rows does not show.
with listed as (
  select store_id, product_id, min(date) as first_day
  from {daily}
  group by all
),

outcome as (
  select
    forecast.*,
    (target_date - {origin})::integer as days,
    coalesce(label.units, 0)::double as actual,
    coalesce(availability.in_stock_share, 1)::double as share
  from {forecasts} as forecast
  join open_day using (target_date)
  join listed using (store_id, product_id)
  left join label using (store_id, product_id, target_date)
  left join {availability} as availability
    on availability.store_id = forecast.store_id and availability.product_id = forecast.product_id
    and availability.date = forecast.target_date
  where first_day <= target_date
)

select
  case {horizon_cases} end as horizon,
  demand_class,
  {sums}
from outcome
where {judged}
group by all
order by all
