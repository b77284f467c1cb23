select
  count(*) as rows,
  {sums},
  count(*) filter (where product.product_key is null or other.product_key is null) as rows_without_product
from {staging} as staged
left join analytics.dim_product as product on product.product_id = staged.product_id and product.is_current
left join analytics.dim_product as other on other.product_id = staged.other_product_id and other.is_current
