-- Rows that the slow-mover model is trained on and judged by: features of origins, and whether the product then sold on
-- fewer days of the next {horizon_days} than its class should (models/insights/slow-movers.ts: {wanted}).
--
-- {features}: rows of features/demand; {daily}: rows of features/daily_sales; {inputs}: the columns that the booster reads;
-- {rows_max} rows at most, drawn by a hash of their key with {seed}.
create or replace temp table slow_mover_row as
with sold as (
  select store_id, product_id, date as sold_on
  from {daily}
  group by all
  having sum(units) > 0
),

drawn as (
  select *
  from {features}
  order by hash(store_id, product_id, date, {seed})
  limit {rows_max}
),

counted as (
  select store_id, product_id, date, count(*) as selling_days
  from drawn
  join sold using (store_id, product_id)
  where sold_on > date and sold_on <= date + {horizon_days}
  group by all
)

select
  row_number() over (order by date, store_id, product_id) as n,
  date,
  dense_rank() over (order by store_id, product_id) as series,
  hash(store_id, product_id, {seed}) % 4 as quarter,
  days_since_sale,
  (coalesce(selling_days, 0) < {wanted})::float as is_slow,
  {inputs}
from (select drawn.*, selling_days from drawn left join counted using (store_id, product_id, date))
