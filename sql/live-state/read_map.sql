-- The shelves of a store with where and how they are. $1 store, $2 at most.
with alert as materialized (
  select product_id, count(*)::integer as alerts
  from ops.alert
  where store_id = $1 and status in ('open', 'acknowledged') and product_id is not null
  group by product_id
),
lot as materialized (
  select product_id, min(expires_on) as expires_on
  from state.shelf_lot_live
  where store_id = $1 and on_hand > 0
  group by product_id
)
select
  shelves.product_id as "productId",
  coalesce(products.name, shelves.product_id) as name,
  products.category,
  shelves.shelf_id as "shelfId",
  ops.decimal_text(shelves.capacity) as capacity,
  ops.decimal_text(coalesce(shelf.available, 0)) as available,
  (coalesce(shelf.available, 0) / nullif(shelves.capacity, 0))::float8 as fill,
  policy.restock_below::float8 as "restockBelow",
  risk.probability,
  lot.expires_on - ((select ops.now()) at time zone coalesce(stores.time_zone, 'UTC'))::date as "expiresInDays",
  coalesce(alert.alerts, 0) as alerts,
  shelf.last_weight_at as "lastWeightAt",
  case when layout.store_id is not null then json_build_object(
    'x', layout.x, 'y', layout.y, 'width', layout.width, 'depth', layout.depth, 'level', layout.level, 'aisle', layout.aisle,
    'isSynthetic', layout.is_synthetic
  ) end as placement
from ref.shelves
join ref.shelf_policy as policy on policy.store_id = $1 and policy.product_id = shelves.product_id
left join ref.stores on stores.store_id = shelves.store_id
left join ref.products on products.product_id = shelves.product_id
left join ref.store_layout as layout
  on layout.store_id = shelves.store_id and layout.shelf_id = shelves.shelf_id and not layout.is_removed
left join state.shelf on shelf.store_id = shelves.store_id and shelf.product_id = shelves.product_id
left join state.stock_out_risk as risk on risk.store_id = shelves.store_id and risk.product_id = shelves.product_id
left join alert on alert.product_id = shelves.product_id
left join lot on lot.product_id = shelves.product_id
where shelves.store_id = $1
order by shelves.shelf_id, shelves.product_id
limit $2
