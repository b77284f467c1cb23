-- {table}, {made_on}: the fact and the column that holds its day; {date}: the day; {staging}: its rows, by natural key, with
-- {carried} beside it. The versions of store and product are those that held when the day was over.
insert into {table} ({made_on}, store_key, product_key, {carried})
select {date}, store.store_key, product.product_key, {carried}
from {staging} as staged
join lateral (
  select store_key from analytics.dim_store
  where dim_store.store_id = staged.store_id and valid_from < ({date} + 1)::timestamp at time zone 'UTC'
  order by valid_from desc limit 1
) as store on true
join lateral (
  select product_key from analytics.dim_product
  where dim_product.product_id = staged.product_id and valid_from < ({date} + 1)::timestamp at time zone 'UTC'
  order by valid_from desc limit 1
) as product on true
