-- Rows of a file summed by series and period. {period}: the day, or the Monday of its week, of a row; {covariate_columns}: their
-- means by name.
--
-- What a row's hour counts for in its day is what usually sells in that hour while in stock.
create or replace temp table file_day as
with hour_weight as (
  select hour, greatest(avg(quantity) filter (where out_of_stock = 0), 0) as weight
  from file_row
  where hour is not null
  group by hour
),

single_day as (
  select
    store_id,
    product_id,
    {period} as date,
    count(quantity) as lines,
    greatest(count(quantity) - 1, 0) as repeated,
    sum(greatest(quantity, 0)) as units,
    sum(greatest(-quantity, 0)) as returned_units,
    sum(net_amount) filter (where quantity > 0) as net_amount,
    sum(discount_amount) filter (where quantity > 0) as discount_amount,
    {covariate_columns}
    coalesce(sum(out_of_stock * weight) / nullif(sum(weight), 0), max(out_of_stock), 0) as out_of_stock
  from file_row
  left join hour_weight using (hour)
  group by store_id, product_id, file_row.date
)

select
  store_id,
  product_id,
  date,
  sum(lines) as lines,
  sum(repeated) as repeated,
  sum(units) as units,
  sum(returned_units) as returned_units,
  coalesce(sum(net_amount), sum(units)) as net_amount,
  coalesce(sum(discount_amount), 0) as discount_amount,
  {covariate_columns}
  least(greatest(1 - avg(out_of_stock), 0), 1) as in_stock_share
from single_day
group by store_id, product_id, date
