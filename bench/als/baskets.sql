-- Baskets as numbers: a row for each product of a basket, in a fixed order. {lines}: basket (null: no sale), product,
-- day. Products that
-- fewer than {baskets_min} baskets hold are left out, then baskets of one product.
with line as (
  select distinct basket, product, day from {lines} where basket is not null
),
product as (
  select product, (row_number() over (order by product) - 1)::integer as item
  from (select product from line group by product having count(*) >= {baskets_min})
),
kept as (
  select basket, item, day
  from line
  join product using (product)
  qualify count(*) over (partition by basket) > 1
)
select (dense_rank() over (order by day, basket) - 1)::integer as basket, item
from kept
order by basket, item
