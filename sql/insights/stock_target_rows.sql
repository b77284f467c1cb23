-- Rows that the lines of stock targets are drawn through: of each origin and product its rates, an interval out of {days},
-- drawn by a hash, and what sold in it. {daily}: rows of features/daily_sales; {where}: which origins;
-- {rows_max} rows at most, drawn with {seed}.
create or replace temp table stock_target_row as
with drawn as (
  select *, ({days})[1 + (hash(product_id, date, store_id, {seed}) % len({days}))::integer] as days
  from demand_rate
  where {where}
  order by hash(store_id, product_id, date, {seed})
  limit {rows_max}
),

sold as (
  select store_id, product_id, date as sold_on, sum(units)::double as units
  from {daily}
  group by all
)

select
  row_number() over (order by drawn.date, drawn.store_id, drawn.product_id) as n,
  dense_rank() over (order by drawn.store_id, drawn.product_id) as series,
  days,
  rate_7,
  rate_28,
  rate_56,
  deviation_28,
  trend_28,
  coalesce(units, 0) as units
from drawn
left join (
  select drawn.store_id, drawn.product_id, drawn.date, sum(units) as units
  from drawn
  join sold on sold.store_id = drawn.store_id and sold.product_id = drawn.product_id
    and sold_on > drawn.date and sold_on <= drawn.date + drawn.days
  group by all
) as came using (store_id, product_id, date)
