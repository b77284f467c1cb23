-- What products showed over all stores, and stores over the products of a category, below the usual price.
select
  case when grouping(product_id) = 0 then 'products' else 'stores' end as level,
  coalesce(category, '') as category,
  coalesce(product_id, store_id) as member,
  reason,
  depth_step as step,
  sum(sold) as sold,
  sum(expected) as expected
from state.price_answer
left join ref.products using (product_id)
group by grouping sets (
  (coalesce(category, ''), product_id, reason, depth_step), (coalesce(category, ''), store_id, reason, depth_step)
)
