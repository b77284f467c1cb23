-- Sale lines with what was usual for their product in their store, as state.sales_rate has it in the morning of the day
-- (ops.refresh_sales_rates): four weeks before, days on which the store sold nothing are not counted.
--
-- {sales}: rows of cleansed/sales of the days {first} to {last} and the 28 days before; {rows_max} lines at most, drawn by a
-- hash of their event with {seed}.
create or replace temp table anomaly_line as
with day as (
  select store_id, product_id, date, sum(quantity) as units, sum(net_amount) as revenue
  from {sales}
  group by all
),

wanted as (
  select distinct date as line_date from {sales} where date between {first} and {last}
),

open_days as (
  select store_id, line_date, count(distinct date) as days
  from day
  join wanted on date between line_date - 28 and line_date - 1
  group by all
),

usual as (
  select
    store_id,
    product_id,
    line_date,
    greatest(round(sum(units) / any_value(days), 4), 0) as usual_units,
    round(sum(revenue) / nullif(sum(units), 0), 2) as usual_price
  from day
  join wanted on date between line_date - 28 and line_date - 1
  join open_days using (store_id, line_date)
  group by store_id, product_id, line_date
  having sum(units) > 0 and sum(revenue) >= 0
),

line as (
  select *
  from {sales}
  where date between {first} and {last}
  order by hash(event_id, {seed})
  limit {rows_max}
)

select
  row_number() over (order by line.date, line.store_id, line.event_id) as n,
  line.date,
  quantity::double as quantity,
  unit_price::double as unit_price,
  discount_amount::double as discount,
  net_amount::double as amount,
  hour(local_at) + minute(local_at) / 60.0 as hour,
  usual_units::double as usual_units,
  usual_price::double as usual_price
from (select *, timezone(coalesce(store.time_zone, 'UTC'), event_at) as local_at from line left join {stores} as store using (store_id)) as line
left join usual on usual.store_id = line.store_id and usual.product_id = line.product_id and usual.line_date = line.date
