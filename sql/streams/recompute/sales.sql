-- Stock and the sales of each day, out of sale and movement. DuckDB.
create temp table again_stock as
select [store_id, product_id] as key, {on_hand: sum(quantity)::decimal(38, 6)} as value
from (
  select store_id, product_id, -quantity as quantity from sale
  union all
  select store_id, product_id, case when reason = 'sale' then 0 else quantity_change end from movement
)
group by store_id, product_id;

create temp table again_sales_day as
select
  [store_id, product_id, date::varchar] as key,
  {
    units: sum(quantity)::decimal(38, 6),
    revenue: sum(coalesce(net_amount, round(quantity::decimal(24, 6) * unit_price - discount, 2)::decimal(24, 6)))::decimal(38, 6),
    returned_units: coalesce(-sum(quantity) filter (where quantity < 0), 0)::decimal(38, 6),
    lines: count(*)
  } as value
from sale
group by store_id, product_id, date
