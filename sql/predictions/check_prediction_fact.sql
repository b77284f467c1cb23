-- {staging}: the day's rows, by natural key; {sums}: the sums that are compared with the lake's.
select
  count(*) as rows,
  {sums},
  count(*) filter (where store.store_key is null) as rows_without_store,
  count(*) filter (where product.product_key is null) as rows_without_product
from {staging} as staged
left join analytics.dim_store as store on store.store_id = staged.store_id and store.is_current
left join analytics.dim_product as product on product.product_id = staged.product_id and product.is_current
