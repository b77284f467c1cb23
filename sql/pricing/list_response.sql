-- How demand answers to prices. $1 level, $2 category, $3 product or store: null for all; $4 at most; $5 category and $6 member after
-- which the page begins: null for the first.
select
  level,
  price_response.category,
  member_id as member,
  coalesce(products.name, stores.name) as name,
  elasticity,
  error,
  sold,
  expected,
  promotion_factor as "promotionFactor",
  learnt_on::text as "learntOn"
from state.price_response
left join ref.products on level = 'product' and products.product_id = member_id
left join ref.stores on level = 'store' and stores.store_id = member_id
where level = $1 and ($2::text is null or price_response.category = $2) and ($3::text is null or member_id = $3)
  and ($5::text is null or (price_response.category, member_id) > ($5, $6))
order by price_response.category, member_id
limit $4
