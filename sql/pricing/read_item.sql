-- What a price of a product in a store would be compared with. $1 store, $2 product. No row: the store does not have it, or is not seen.
select
  coalesce(products.name, $2) as "productName",
  coalesce(products.category, '') as category,
  stores.currency,
  list.price::float8 as "listPrice",
  coalesce(markdown.price, without.price, list.price)::float8 as "priceNow",
  ref.unit_cost_at($1, $2, stores.currency, ops.now())::float8 as "unitCost",
  coalesce(
    case when usual.days >= 3
      then usual.units / nullif(usual.exposure, 0) * (select sum(hour)::float8 from unnest(model.usual_visitors) as hour)
    end,
    profile.units_per_day,
    rate.units_per_day::float8
  ) as "unitsPerDay",
  own.elasticity as "productElasticity",
  of_category.elasticity as "categoryElasticity",
  here.elasticity as "storeElasticity",
  of_all.elasticity as "allElasticity",
  coalesce(own.error, of_category.error, of_all.error) as error,
  of_category.promotion_factor as "promotionFactor"
from ref.stores
left join ref.products on products.product_id = $2
cross join lateral (select ops.list_price($1, $2, ops.now()) as price) as list
left join lateral ops.price_without_markdown($1, $2, ops.now()) as without on true
left join ops.markdown on markdown.store_id = $1 and markdown.product_id = $2
left join state.price_usual as usual on usual.store_id = $1 and usual.product_id = $2
left join state.availability_model as model on model.store_id = $1
left join state.demand_profile as profile on profile.store_id = $1 and profile.product_id = $2
left join state.sales_rate as rate on rate.store_id = $1 and rate.product_id = $2
left join state.price_response as own
  on own.level = 'product' and own.category = coalesce(products.category, '') and own.member_id = $2
left join state.price_response as here
  on here.level = 'store' and here.category = coalesce(products.category, '') and here.member_id = $1
left join state.price_response as of_category
  on of_category.level = 'category' and of_category.category = coalesce(products.category, '')
left join state.price_response as of_all on of_all.level = 'all'
where stores.store_id = $1
  and (
    exists (select from ref.shelves where shelves.store_id = $1 and shelves.product_id = $2)
    or exists (select from state.stock where stock.store_id = $1 and stock.product_id = $2)
    or exists (select from state.sales_day where sales_day.store_id = $1 and sales_day.product_id = $2)
  )
