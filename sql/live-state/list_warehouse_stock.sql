-- Products of warehouses, the shortest cover first, as one page. $1 warehouse, $2 category, $3 supplier, $4 part of a product's name or
-- its number, $5 days of cover at most, $6 days until a lot expires at most: null for any. $7 entries at most; $8 the place after which
-- the page begins (sort key, warehouse, product): null for the first.
with sold as materialized (
  select shelves.warehouse_id, shelves.product_id, sum(rate.units_per_day) as units_per_day
  from ref.shelves
  join state.sales_rate as rate using (store_id, product_id)
  where $1::text is null or shelves.warehouse_id = $1
  group by shelves.warehouse_id, shelves.product_id
),
described as materialized (
  select
    own.warehouse_id,
    own.product_id,
    coalesce(products.name, own.product_id) as name,
    products.category,
    terms.supplier_id,
    terms.currency,
    own.on_hand,
    coalesce(on_order.quantity, 0) as on_order,
    policy.reorder_point,
    sold.units_per_day,
    greatest(own.on_hand, 0) / nullif(sold.units_per_day, 0) as cover_days,
    own.lots,
    own.next_expires_on as expires_on,
    own.next_expires_on - (select ops.now())::date as expires_in_days,
    greatest(own.on_hand, 0) * terms.unit_cost as value
  from state.warehouse_live as own
  left join ref.products on products.product_id = own.product_id
  left join sold on sold.warehouse_id = own.warehouse_id and sold.product_id = own.product_id
  left join ops.on_order on on_order.location_id = own.warehouse_id and on_order.product_id = own.product_id
  left join ref.warehouse_policy as policy on policy.warehouse_id = own.warehouse_id and policy.product_id = own.product_id
  left join lateral (
    select supply.supplier_id, supply.unit_cost, suppliers.currency
    from ref.supply_terms as supply
    left join ref.suppliers using (supplier_id)
    where supply.product_id = own.product_id and (supply.location_id is null or supply.location_id = own.warehouse_id)
    order by supply.location_id is null, preference
    limit 1
  ) as terms on true
  where ($1::text is null or own.warehouse_id = $1)
),
matching as materialized (
  select *, coalesce(cover_days, 1e9)::numeric as sort_key
  from described
  where ($2::text is null or category = $2)
    and ($3::text is null or supplier_id = $3)
    and ($4::text is null or product_id = $4 or strpos(lower(name), lower($4)) > 0)
    and ($5::numeric is null or cover_days <= $5)
    and ($6::integer is null or expires_in_days <= $6)
)
select
  warehouse_id as "warehouseId",
  product_id as "productId",
  name,
  category,
  supplier_id as "supplierId",
  ops.decimal_text(on_hand) as "onHand",
  ops.decimal_text(on_order) as "onOrder",
  ops.decimal_text(reorder_point) as "reorderPoint",
  ops.decimal_text(round(units_per_day, 2)) as "unitsPerDay",
  round(cover_days, 1)::float8 as "coverDays",
  lots::integer as lots,
  expires_on as "expiresOn",
  expires_in_days as "expiresInDays",
  round(value, 2)::text as value,
  currency,
  (select count(*) from matching)::integer as total,
  array[sort_key::text, warehouse_id, product_id] as place
from matching
where $8::text[] is null
  or (sort_key, warehouse_id, product_id) > ($8[1]::numeric, $8[2] collate "C", $8[3] collate "C")
order by sort_key, warehouse_id, product_id
limit $7
