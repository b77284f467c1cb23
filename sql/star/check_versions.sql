-- What is staged, against what the lake holds, and the members that it names. {at}: the instant whose versions a row names.
select
  count(*) as rows,
  {sums},
  count(*) filter (where store.store_key is null) as rows_without_store,
  count(*) filter (where product.product_key is null) as rows_without_product
from {staging} as staged
left join analytics.dim_store as store
  on store.store_id = staged.store_id and {at} >= store.valid_from and {at} < store.valid_to
left join analytics.dim_product as product
  on product.product_id = staged.product_id and {at} >= product.valid_from and {at} < product.valid_to
