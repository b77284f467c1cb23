-- A product in a store, as it is now. $1 store, $2 product. No row: the login does not see the store, or does not know the product there.
select
  stores.store_id as "storeId",
  stores.name as "storeName",
  coalesce(stores.time_zone, 'UTC') as "timeZone",
  stores.currency,
  (select ops.now()) as "asOf",
  ((select ops.now()) at time zone coalesce(stores.time_zone, 'UTC'))::date as today,
  $2::text as "productId",
  coalesce(products.name, $2) as name,
  products.category,
  products.department,
  products.brand,
  products.package_size as "packageSize",
  shelves.shelf_id as "shelfId",
  ops.decimal_text(shelves.capacity) as capacity,
  ops.decimal_text(shelf.available) as available,
  ops.decimal_text(held.units) as held,
  ops.decimal_text(stock.on_hand) as "onHand",
  shelf.last_refill_at as "lastRefillAt",
  shelf.last_sale_at as "lastSaleAt",
  shelf.last_weight_at as "lastWeightAt",
  shelves.warehouse_id as "warehouseId",
  ops.decimal_text(coalesce(warehouse.on_hand, 0)) as "warehouseOnHand",
  ops.decimal_text(on_order.quantity) as "onOrder",
  ops.decimal_text(round(rate.units_per_day, 2)) as "unitsPerDay",
  risk.probability,
  risk.hours_of_cover as "hoursOfCover",
  risk.money_at_risk::text as "moneyAtRisk",
  risk.horizon_until as "horizonUntil",
  availability.p_available as "pAvailable",
  availability.hour as "availabilityHour",
  ops.decimal_text(policy.restock_below) as "restockBelow",
  terms.supplier_id as "supplierId",
  terms.name as "supplierName",
  terms.unit_cost::text as "unitCost",
  terms.currency as "costCurrency",
  profile.units_per_day as "usualUnits",
  profile.inverse_size as "usualInverseSize",
  (
    select array_agg(running_days[24 * weekday + 25] - running_days[24 * weekday + 1] order by weekday)
    from state.demand_pattern as pattern
    cross join generate_series(0, 6) as weekday
    where pattern.store_id = profile.store_id and pattern.category = profile.category
  ) as "usualWeek",
  picked.units::text as "pickedLastHour",
  picked.customers as "pickedBy"
from ref.stores
left join ref.products on products.product_id = $2
left join ref.shelves on shelves.store_id = $1 and shelves.product_id = $2
left join state.shelf on shelf.store_id = $1 and shelf.product_id = $2
left join state.stock on stock.store_id = $1 and stock.product_id = $2
left join state.warehouse on warehouse.warehouse_id = shelves.warehouse_id and warehouse.product_id = $2
left join ops.on_order on on_order.location_id = coalesce(shelves.warehouse_id, $1) and on_order.product_id = $2
left join state.sales_rate as rate on rate.store_id = $1 and rate.product_id = $2
left join state.stock_out_risk as risk on risk.store_id = $1 and risk.product_id = $2
left join state.availability on availability.store_id = $1 and availability.product_id = $2
left join state.demand_profile as profile on profile.store_id = $1 and profile.product_id = $2
left join ref.shelf_policy as policy on policy.store_id = $1 and policy.product_id = $2
left join lateral (
  select suppliers.supplier_id, suppliers.name, own.unit_cost, suppliers.currency
  from ref.supply_terms as own
  join ref.suppliers using (supplier_id)
  where own.product_id = $2 and (own.location_id is null or own.location_id = coalesce(shelves.warehouse_id, $1))
  order by own.location_id is null, preference
  limit 1
) as terms on true
cross join lateral (
  select sum(picked - sold) filter (where picked > sold and taken_at is null) as units
  from state.basket where basket.store_id = $1 and basket.product_id = $2 and basket.picked > basket.sold and taken_at is null
) as held
cross join lateral (
  select coalesce(sum(picked), 0) as units, count(*)::integer as customers
  from state.basket
  where basket.visit_date >= ((select ops.now()) at time zone coalesce(stores.time_zone, 'UTC'))::date - 1
    and basket.store_id = $1 and basket.product_id = $2
    and last_pick_at > (select ops.now()) - interval '1 hour' and last_pick_at <= (select ops.now())
) as picked
where stores.store_id = $1
  and ((select ref.sees_everything()) or stores.store_id in (select ref.visible_store_ids()))
  and coalesce(products.product_id, shelf.product_id, stock.product_id) is not null
