-- Products that will hardly sell, as the newest load found them, with what a markdown follows from; the most money tied up first.
-- $1 store, $2 category: null for all; $3 at most; $4 money, $5 store and $6 product after which the page begins: null for the first.
select
  store.store_id as store,
  product.product_id as product,
  product.name as "productName",
  coalesce(product.category, '') as category,
  store.currency,
  slow.on_hand_quantity::float8 as units,
  slow.days_since_sale as "daysSinceSale",
  slow.tied_up_amount::text as "tiedUp",
  list.price::float8 as "listPrice",
  coalesce(without.price, list.price)::float8 as price,
  coalesce(sold.units, 0)::float8 / sold.days as "unitsPerDay",
  own.elasticity as "productElasticity",
  of_category.elasticity as "categoryElasticity",
  here.elasticity as "storeElasticity",
  of_all.elasticity as "allElasticity",
  of_category.dispersion
from analytics.fact_slow_mover as slow
join analytics.dim_store as store using (store_key)
join analytics.dim_product as product using (product_key)
cross join lateral (select ops.list_price(store.store_id, product.product_id, ops.now()) as price) as list
left join lateral ops.price_without_markdown(store.store_id, product.product_id, ops.now()) as without on true
cross join lateral (
  select sum(day.units) as units, greatest(slow.measured_on - min(sale_date) + 1, 28) as days
  from state.sales_day as day
  where day.store_id = store.store_id and day.product_id = product.product_id
    and sale_date > slow.measured_on - 182 and sale_date <= slow.measured_on
) as sold
left join state.price_response as own
  on own.level = 'product' and own.category = coalesce(product.category, '') and own.member_id = product.product_id
left join state.price_response as here
  on here.level = 'store' and here.category = coalesce(product.category, '') and here.member_id = store.store_id
left join state.price_response as of_category
  on of_category.level = 'category' and of_category.category = coalesce(product.category, '')
left join state.price_response as of_all on of_all.level = 'all'
where slow.probability >= 0.5 and slow.on_hand_quantity >= 1 and list.price > 0 and slow.tied_up_amount is not null
  and ($1::text is null or store.store_id = $1) and ($2::text is null or product.category = $2)
  and (
    $4::numeric is null or (slow.tied_up_amount, $5::text, $6::text) < ($4, store.store_id, product.product_id)
  )
order by slow.tied_up_amount desc, store.store_id, product.product_id
limit $3
