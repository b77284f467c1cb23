-- {date}: the day; {staging}: its lists, by natural key, with {carried} beside it. The versions of products are those that held
-- when the day was over.
with held as materialized (
  select distinct on (product_id) product_id, product_key
  from analytics.dim_product
  where valid_from < ({date} + 1)::timestamp at time zone 'UTC'
  order by product_id, valid_from desc
)
insert into analytics.fact_cross_sell (listed_on, product_key, other_product_key, {carried})
select {date}, product.product_key, other.product_key, {carried}
from {staging} as staged
join held as product on product.product_id = staged.product_id
join held as other on other.product_id = staged.other_product_id
