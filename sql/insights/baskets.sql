-- Baskets as numbers. {sales}: rows of cleansed/sales; {baskets_min}: a product in fewer baskets is left out; {products_max}
-- products, the most bought, and {lines_max} lines at most, drawn by baskets with {seed}.
create or replace temp table basket_source as
select distinct hash(store_id, transaction_id) as basket, min(date) over (partition by store_id, transaction_id) as date, product_id
from {sales}
where quantity > 0;

create or replace temp table basket_product as
with counted as (
  select product_id, count(*) as baskets
  from basket_source
  group by product_id
  having count(*) >= {baskets_min}
  order by baskets desc, product_id
  limit {products_max}
)
select (row_number() over (order by product_id) - 1)::integer as item, product_id
from counted;

create or replace temp table basket_line as
with line as (
  select basket, date, item
  from basket_source
  join basket_product using (product_id)
  qualify count(*) over (partition by basket) > 1
),
drawn as (
  select *
  from line
  where hash(basket, {seed}) % 1000000 < (select ceil(1e6 * least(1, {lines_max} / greatest(count(*), 1))) from line)
)
select (dense_rank() over (order by date, basket) - 1)::integer as basket, date, item
from drawn
order by basket, item
