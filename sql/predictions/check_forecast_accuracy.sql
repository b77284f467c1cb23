select
  count(*) as rows,
  coalesce(sum(actual_quantity), 0)::text as actual_quantity,
  coalesce(sum(forecast_quantity), 0)::text as forecast_quantity,
  coalesce(sum(absolute_error), 0)::text as absolute_error,
  coalesce(sum(pinball_loss), 0)::text as pinball_loss,
  count(*) filter (where store.store_key is null) as rows_without_store,
  count(*) filter (where product.product_key is null) as rows_without_product
from {staging} as staged
left join analytics.dim_store as store on store.store_id = staged.store_id and store.is_current
left join analytics.dim_product as product on product.product_id = staged.product_id and product.is_current
