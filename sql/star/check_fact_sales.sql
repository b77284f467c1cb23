-- What is staged, against what the lake holds, and the members that it names.
select
  count(*) as rows,
  coalesce(sum(quantity), 0)::text as quantity,
  coalesce(sum(net_amount), 0)::text as net_amount,
  count(*) filter (where store.store_key is null) as rows_without_store,
  count(*) filter (where product.product_key is null) as rows_without_product,
  max(sold_at) as last_sold_at
from {staging} as staged
left join analytics.dim_store as store
  on store.store_id = staged.store_id and sold_at >= store.valid_from and sold_at < store.valid_to
left join analytics.dim_product as product
  on product.product_id = staged.product_id and sold_at >= product.valid_from and sold_at < product.valid_to
