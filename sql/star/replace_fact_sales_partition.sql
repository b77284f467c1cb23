-- Writes a day whose rows were deleted in the same transaction. {date}: the day; {staging}: its lines, by natural key;
-- {carried}: what the fact holds of a line as it is staged. Cost and list price are those that held at the sale, as far as
-- they are known when the day is loaded.
insert into analytics.fact_sales (
  sale_date, store_key, product_key, {carried}, unit_cost, cost_amount, margin_amount, cost_status, list_price, list_price_status
)
select
  {date}, store.store_key, product.product_key, {carried}, cost, quantity * cost, net_amount - quantity * cost,
  case
    when cost is not null then 'known'
    when not exists (select from ref.unit_cost as held where held.product_id = staged.product_id) then 'no_terms'
    when exists (
      select from ref.unit_cost as held
      where held.product_id = staged.product_id and held.valid_from <= sold_at and sold_at < held.valid_to
    ) then 'other_currency'
    else 'before_terms'
  end,
  list_price,
  case
    when list_price is not null then 'known'
    when exists (
      select from analytics.dim_price as held where held.store_id = staged.store_id and held.product_id = staged.product_id
    ) then 'before_price'
    else 'no_price'
  end
from {staging} as staged
join analytics.dim_store as store
  on store.store_id = staged.store_id and sold_at >= store.valid_from and sold_at < store.valid_to
join analytics.dim_product as product
  on product.product_id = staged.product_id and sold_at >= product.valid_from and sold_at < product.valid_to
cross join lateral (
  select
    ref.unit_cost_at(staged.store_id, staged.product_id, store.currency, sold_at)::numeric(18, 6) as cost,
    analytics.list_price_at(staged.store_id, staged.product_id, sold_at)::numeric(18, 6) as list_price
) as held
