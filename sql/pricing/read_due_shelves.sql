-- Shelves with lots near their expiry whose markdown has to be planned, with all that it follows from: those without a plan of
-- their day, and from the hour of the review on those whose plan is older. Shelves whose price or demand is not known are left
-- out. $1: as of, $2: hour of the review, $3: limit, $4: after this store and $5 product; $6: only this store and $7 product, at
-- any hour and with any policy; null for all that are due.
with near as materialized (
  select distinct
    lot.store_id,
    lot.product_id,
    local_now,
    time_zone,
    currency,
    policy.near_expiry_days,
    policy.markdown_percent_max,
    policy.markdown_approval_percent,
    policy.expiry_cost_percent
  from ops.expiring_lots(($1::timestamptz at time zone 'UTC')::date + (select ops.near_expiry_days_max()) + 1) as lot
  join ref.shelf_policy as policy using (store_id, product_id)
  left join ref.stores using (store_id)
  cross join lateral (
    select $1::timestamptz at time zone coalesce(time_zone, 'UTC') as local_now
  ) as clock
  where lot.on_hand > 0 and lot.expires_on between local_now::date and local_now::date + policy.near_expiry_days
    and (policy.markdown_method = 'planned' or $6::text is not null)
    and ($6::text is null or (lot.store_id = $6 and lot.product_id = $7))
    and lot.store_id not in (select ops.places_ahead())
),
due as materialized (
  select
    near.*,
    list.price as list_price,
    plan.percent,
    plan.state,
    plan.best_percent,
    coalesce(
      usual.units / nullif(usual.exposure, 0) * visitors.a_day, profile.units_per_day, rate.units_per_day::float8
    ) as per_day
  from near
  left join ops.markdown_plan as plan
    on plan.store_id = near.store_id and plan.product_id = near.product_id and plan.plan_date = near.local_now::date
  cross join lateral (select ops.list_price(near.store_id, near.product_id, $1) as price) as list
  left join state.price_usual as usual
    on usual.store_id = near.store_id and usual.product_id = near.product_id and usual.days >= 3
  left join state.availability_model as model on model.store_id = near.store_id
  cross join lateral (select sum(hour)::float8 as a_day from unnest(model.usual_visitors) as hour) as visitors
  left join state.demand_profile as profile on profile.store_id = near.store_id and profile.product_id = near.product_id
  left join state.sales_rate as rate on rate.store_id = near.store_id and rate.product_id = near.product_id
  where list.price > 0
    and coalesce(usual.units, profile.units_per_day, rate.units_per_day::float8) is not null
    and (
      $6::text is not null
      or plan.planned_at is null
      or (
        extract(hour from local_now) >= $2::integer
        and plan.planned_at at time zone coalesce(time_zone, 'UTC') < local_now::date + make_interval(hours => $2::integer)
      )
    )
    and ($4::text is null or (near.store_id, near.product_id) > ($4, $5))
  order by near.store_id, near.product_id
  limit $3
)
select
  due.store_id as "storeId",
  due.product_id as "productId",
  coalesce(products.name, due.product_id) as "productName",
  coalesce(products.category, '') as category,
  due.local_now::date::text as "planDate",
  (extract(epoch from due.local_now::time) / 3600)::float8 as hour,
  (24 * (extract(isodow from due.local_now) - 1))::float8 as "midnightOfWeek",
  due.near_expiry_days as "nearExpiryDays",
  due.markdown_percent_max::float8 as "percentMax",
  due.markdown_approval_percent::float8 as "approvalPercent",
  due.expiry_cost_percent::float8 as "expiryCostPercent",
  due.list_price::float8 as "listPrice",
  coalesce(without.price, due.list_price)::float8 as price,
  ref.unit_cost_at(due.store_id, due.product_id, due.currency, $1)::float8 as "unitCost",
  due.per_day as "unitsPerDay",
  pattern.running_days as "runningDays",
  coalesce(warehouse.on_hand, 0) > 0 as "isResupplied",
  coalesce(due.percent, 0)::float8 as "percentNow",
  due.state as "stateNow",
  own.elasticity as "productElasticity",
  of_category.elasticity as "categoryElasticity",
  here.elasticity as "storeElasticity",
  of_all.elasticity as "allElasticity",
  coalesce(own.error, of_category.error, of_all.error) as error,
  of_category.dispersion,
  lots.lots,
  stored.lots as stored
from due
left join ref.products using (product_id)
left join ref.shelves using (store_id, product_id)
left join state.warehouse as warehouse
  on warehouse.warehouse_id = shelves.warehouse_id and warehouse.product_id = due.product_id
left join lateral ops.price_without_markdown(due.store_id, due.product_id, $1) as without on true
left join lateral (
  select running_days from state.demand_pattern
  where demand_pattern.store_id = due.store_id and demand_pattern.category in (coalesce(products.category, ''), '')
  order by demand_pattern.category desc limit 1
) as pattern on true
left join state.price_response as own
  on own.level = 'product' and own.category = coalesce(products.category, '') and own.member_id = due.product_id
left join state.price_response as here
  on here.level = 'store' and here.category = coalesce(products.category, '') and here.member_id = due.store_id
left join state.price_response as of_category
  on of_category.level = 'category' and of_category.category = coalesce(products.category, '')
left join state.price_response as of_all on of_all.level = 'all'
cross join lateral (
  select
    jsonb_agg(jsonb_build_object('units', on_hand, 'days', expires_on - due.local_now::date) order by expires_on) as lots
  from state.shelf_lot_live as lot
  where lot.store_id = due.store_id and lot.product_id = due.product_id and on_hand > 0
    and (expires_on is null or expires_on >= due.local_now::date)
) as lots
cross join lateral (
  select
    coalesce(jsonb_agg(jsonb_build_object(
      'units', on_hand * due.per_day / greatest(due.per_day, refilled.units_per_day::float8, 1e-9),
      'days', expires_on - due.local_now::date
    ) order by expires_on), '[]') as lots
  from state.warehouse_lot_live as lot
  left join state.warehouse_sales_rate as refilled
    on refilled.warehouse_id = shelves.warehouse_id and refilled.product_id = due.product_id
  where lot.warehouse_id = shelves.warehouse_id and lot.product_id = due.product_id and on_hand > 0
    and (expires_on is null or expires_on >= due.local_now::date)
) as stored
order by due.store_id, due.product_id
