-- Sales by store and category as sales of series: the category in place of the product. {sales}: rows of features/daily_sales;
-- {products}: product_id, category; {name}: of the table.
create or replace temp table {name} as
select
  store_id,
  coalesce(category, 'Unknown') as product_id,
  known_for,
  known_on,
  sum(units)::decimal(24, 6) as units,
  sum(returned_units)::decimal(24, 6) as returned_units,
  sum(net_amount)::decimal(24, 6) as net_amount,
  sum(discount_amount)::decimal(24, 6) as discount_amount,
  sum(promoted_units)::decimal(24, 6) as promoted_units,
  sum(lines) as lines,
  date
from {sales}
left join {products} as product using (product_id)
group by store_id, coalesce(category, 'Unknown'), known_for, known_on, date
