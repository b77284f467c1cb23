-- Daily sales with the demand that met an empty shelf put back. {daily}: rows of features/daily_sales; {availability}:
-- store_id, product_id, date, in_stock_share: which part of a day's demand could be met, one row for each day on which
-- not all could.
--
-- The missing part is the usual sale of the series over the 28 days before, per day in stock: a rate is units over
-- exposure, which a stop that the sales themselves bring about does not bias (Wald's identity). It reads only days before
-- its own, so that a recovered day is the same from whichever origin it is seen. What was out of stock for all of 28 days
-- is left as it is: nothing shows what it would have sold.
create or replace temp table recovered as
with sale as (
  select
    store_id,
    product_id,
    date,
    sum(units)::double as units,
    sum(net_amount)::double as net_amount,
    sum(discount_amount)::double as discount_amount
  from {daily}
  group by store_id, product_id, date
),

day as (
  select
    store_id,
    product_id,
    date,
    coalesce(units, 0) as units,
    coalesce(net_amount, 0) as net_amount,
    coalesce(discount_amount, 0) as discount_amount,
    coalesce(1 - in_stock_share, 0) as missed_share
  from sale
  full join {availability} as availability using (store_id, product_id, date)
),

usual as (
  select
    *,
    sum(units) over before as units_before,
    sum(net_amount) over before as net_before,
    sum(discount_amount) over before as discount_before,
    least(28, date - min(date) over (partition by store_id, product_id))
      - coalesce(sum(missed_share) over before, 0) as days_before
  from day
  window before as (
    partition by store_id, product_id order by date
    range between interval 28 days preceding and interval 1 day preceding
  )
),

missed as (
  select
    store_id,
    product_id,
    date,
    missed_share * units_before / days_before as units,
    missed_share * net_before / days_before as net_amount,
    missed_share * discount_before / days_before as discount_amount
  from usual
  where missed_share > 0 and days_before >= 1 and units_before > 0
)

select * from {daily}
union all by name
select
  store_id,
  product_id,
  date as known_for,
  date as known_on,
  units::decimal(24, 6) as units,
  0 as returned_units,
  net_amount::decimal(24, 6) as net_amount,
  discount_amount::decimal(24, 6) as discount_amount,
  0 as promoted_units,
  0 as lines,
  date
from missed
