-- Products of warehouses, the shortest cover first, as one page. $1 warehouse, $2 category, $3 supplier, $4 part of a product's name or
-- its number, $5 days of cover at most, $6 days until a lot expires at most: null for any. $7 entries at most; $8 the place after which
-- the page begins (sort key, warehouse, product): null for the first.
-- Only what the page is filtered and sorted by, in so far as it is; the rest is looked up for the entries of the page.
with described as (
  select
    own.warehouse_id,
    own.product_id,
    coalesce(products.name, own.product_id) as name,
    products.category,
    own.on_hand,
    sold.units_per_day,
    greatest(own.on_hand, 0) / nullif(sold.units_per_day, 0) as cover_days
  from state.warehouse as own
  left join ref.products on products.product_id = own.product_id
  left join state.warehouse_sales_rate as sold on sold.warehouse_id = own.warehouse_id and sold.product_id = own.product_id
  where ($1::text is null or own.warehouse_id = $1)
),
matching as materialized (
  select *, coalesce(cover_days, 1e9)::numeric as sort_key
  from described
  where ($2::text is null or category = $2)
    and ($4::text is null or product_id = $4 or strpos(lower(name), lower($4)) > 0)
    and ($5::numeric is null or cover_days <= $5)
    and ($3::text is null or $3 = (
      select supply.supplier_id
      from ref.supply_terms as supply
      where supply.product_id = described.product_id and (supply.location_id is null or supply.location_id = described.warehouse_id)
      order by supply.location_id is null, preference
      limit 1
    ))
    and ($6::integer is null or exists (
      select from state.warehouse_live as live
      where live.warehouse_id = described.warehouse_id and live.product_id = described.product_id
        and live.next_expires_on - (select ops.now())::date <= $6
    ))
),
page as materialized (
  select *
  from matching
  where $8::text[] is null
    or (sort_key, warehouse_id, product_id) > ($8[1]::numeric, $8[2] collate "C", $8[3] collate "C")
  order by sort_key, warehouse_id, product_id
  limit $7
)
select
  page.warehouse_id as "warehouseId",
  page.product_id as "productId",
  page.name,
  page.category,
  terms.supplier_id as "supplierId",
  ops.decimal_text(page.on_hand) as "onHand",
  ops.decimal_text(coalesce(on_order.quantity, 0)) as "onOrder",
  ops.decimal_text(policy.reorder_point) as "reorderPoint",
  ops.decimal_text(round(page.units_per_day, 2)) as "unitsPerDay",
  round(page.cover_days, 1)::float8 as "coverDays",
  live.lots::integer as lots,
  live.next_expires_on as "expiresOn",
  live.next_expires_on - (select ops.now())::date as "expiresInDays",
  round(greatest(page.on_hand, 0) * terms.unit_cost, 2)::text as value,
  terms.currency,
  (select count(*) from matching)::integer as total,
  array[page.sort_key::text, page.warehouse_id, page.product_id] as place
from page
left join lateral (
  select lots, next_expires_on from state.warehouse_live as own
  where own.warehouse_id = page.warehouse_id and own.product_id = page.product_id
  -- Here and below: keeps the planner from a join, for which it would read the whole view.
  offset 0
) as live on true
left join lateral (
  select quantity from ops.on_order as own
  where own.location_id = page.warehouse_id and own.product_id = page.product_id
  offset 0
) as on_order on true
left join lateral (
  select reorder_point from ref.warehouse_policy as own
  where own.warehouse_id = page.warehouse_id and own.product_id = page.product_id
  offset 0
) as policy on true
left join lateral (
  select supply.supplier_id, supply.unit_cost, suppliers.currency
  from ref.supply_terms as supply
  left join ref.suppliers using (supplier_id)
  where supply.product_id = page.product_id and (supply.location_id is null or supply.location_id = page.warehouse_id)
  order by supply.location_id is null, preference
  limit 1
) as terms on true
order by page.sort_key, page.warehouse_id, page.product_id
