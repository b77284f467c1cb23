-- Features of origins joined to the days ahead: a row for each series, origin and day of the horizon. The day ahead brings
-- what is known of it beforehand: the calendar. {features}: rows of features/demand; {first} and {last}: days ahead;
-- {stores}: store_id, country; {holidays}: country, holiday_date; {covariates}: store_id, product_id, date, and what
-- {covariate_features} is made from; {history_features}, {year_units} and {season}: what a year and more ago shows, from what
-- {history_joins} and {value_joins} join; {availability}: store_id, product_id, date, in_stock_share.
create or replace temp view target_day as
select
  features.*,
  date as origin_date,
  day as horizon,
  (date + day)::date as target_date,
  isodow(date + day) as target_weekday
from {features} as features
cross join (select unnest(range({first}, {last} + 1))::integer as day);

-- The rows that are read: laid out before they are joined, so that what they are joined to is looked up and not held in memory.
create or replace temp table target_row as from target_day limit 0;

create or replace temp view target as
with calendar as (
  select
    country,
    day as target_date,
    min(holiday_date - day) filter (where holiday_date >= day) as to_holiday,
    min(day - holiday_date) filter (where holiday_date <= day) as since_holiday
  from (select distinct target_date as day from target_row)
  join {holidays} on holiday_date between day - 14 and day + 14
  group by all
),

-- Wages come on the last weekday of a month, or on the 15th.
pay_day as (
  select
    day as target_date,
    last_day(day) - greatest(0, isodow(last_day(day)) - 5)::integer as month_pay,
    (last_day(day - day_of_month) - greatest(0, isodow(last_day(day - day_of_month)) - 5)::integer) as month_pay_before
  from (select distinct target_date as day, day(target_date)::integer as day_of_month from target_row)
)

select
  ahead.*,
  {target_features},
  {covariate_features}
  {history_features}
  recent[56 - (7 - horizon % 7) % 7] as seasonal_naive,
  {year_units}::float as seasonal_naive_year,
  ({season})::float as season,
  -- A weekday on which the store has not sold in eight weeks is a day on which it is closed.
  coalesce(target_store_weekday_share, 0) = 0 and days_of_history >= 56 as is_closed,
  -- What the series usually sells: forecasts are made relative to it, so that small and large series learn from each other.
  ((coalesce(mean_7, 0) + coalesce(mean_28, 0)) / 2 + 0.1)::float as level,
  -- The part of the day's demand that could be met.
  coalesce(availability.in_stock_share, 1)::float as in_stock_share
from (
  select
    ahead.*,
    case target_weekday {weekday_mean_cases} end as target_weekday_mean,
    case target_weekday {weekday_share_cases} end as target_store_weekday_share,
    least(coalesce(to_holiday, 15), 15) as days_to_holiday,
    least(coalesce(since_holiday, 15), 15) as days_since_holiday,
    target_date - case
      when target_date >= month_pay then month_pay
      when day(target_date) >= 15 then target_date - day(target_date)::integer + 15
      else month_pay_before
    end as days_since_pay_day
  from target_row as ahead
  join pay_day using (target_date)
  left join {stores} as store using (store_id)
  left join calendar using (country, target_date)
) as ahead
left join {covariates} as coming
  on ahead.store_id = coming.store_id and ahead.product_id = coming.product_id and ahead.target_date = coming.date
left join {covariates} as latest
  on ahead.store_id = latest.store_id and ahead.product_id = latest.product_id and ahead.origin_date = latest.date
{history_joins}
{value_joins}
left join {availability} as availability
  on ahead.store_id = availability.store_id and ahead.product_id = availability.product_id
  and ahead.target_date = availability.date
