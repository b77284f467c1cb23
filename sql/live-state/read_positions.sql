-- A page of a store's shelves that are due (due_stores.sql), with all that their risk depends on.
-- $1: as of, $2: store, $3: after this product, $4: limit.
with page as materialized (
  select
    shelf.product_id,
    shelf.available,
    shelf.last_refill_at,
    shelf.updated_at,
    shelves.warehouse_id,
    profile.category,
    profile.units_per_day,
    profile.inverse_size,
    profile.unit_price
  from state.shelf as shelf
  join ref.shelves using (store_id, product_id)
  join state.demand_profile as profile using (store_id, product_id)
  left join state.stock_out_risk as risk using (store_id, product_id)
  where shelf.store_id = $2 and shelf.product_id > $3
    and (
      risk.shelf_updated_at is distinct from shelf.updated_at
      or risk.evaluated_at <= $1::timestamptz - interval '1 hour'
      or risk.evaluated_at > $1
    )
  order by shelf.product_id
  limit $4
),
clock as materialized (
  select
    $1::timestamptz at time zone time_zone as local_now,
    ref.first_instant_of(date_trunc('day', $1::timestamptz at time zone time_zone), time_zone) as midnight
  from ref.stores where store_id = $2
),
today as materialized (
  select product_id, sum(units + returned_units) as units
  from state.sales_hour
  where store_id = $2 and product_id > $3
    and window_start >= (select midnight from clock) and window_start <= $1::timestamptz
  group by product_id
),
-- As ref.warehouse_policy resolves them, which also adds up the shelves of each warehouse and takes as long.
lead_time as materialized (
  select place_id, category, product_id, lead_time_days
  from ref.policy_now where kind = 'warehouse' and lead_time_days is not null
  union all
  select null, null, null, lead_time_days from ref.policy_default
),
-- Once, and not again for each row of the page: the view is more than the planner joins in one go.
policy as materialized (
  select product_id, refill_delay_seconds
  from ref.shelf_policy
  where store_id = $2 and product_id = any (array(select product_id from page))
),
-- What is picked in the warehouse comes when it is due.
transit as materialized (
  select product_id, min(refill_due_at) as refill_due_at
  from ops.restock_pick
  where store_id = $2 and refilled_at is null and refill_due_at > $1::timestamptz
  group by product_id
)
select
  page.product_id,
  page.updated_at::text,
  page.available::float8,
  -- What staff put on since the last hour that was evaluated is there.
  case when page.last_refill_at >= availability.hour + interval '1 hour' then 1 else coalesce(availability.p_available, 1) end,
  page.category,
  page.units_per_day,
  page.inverse_size,
  page.unit_price::float8,
  coalesce(today.units, 0)::float8,
  ((extract(isodow from clock.local_now) - 1) * 24 + extract(epoch from clock.local_now::time) / 3600)::float8,
  extract(epoch from coalesce(
    transit.refill_due_at,
    $1::timestamptz + make_interval(secs => policy.refill_delay_seconds) + case
      when warehouse.on_hand > 0 then interval '0'
      when supply.due_at is not null then greatest(supply.due_at - $1::timestamptz, interval '0')
      else make_interval(secs => 86400 * coalesce((
        select lead_time_days::float8 from lead_time
        where (place_id is null or place_id = page.warehouse_id)
          and (product_id is null or product_id = page.product_id) and (category is null or category = page.category)
        order by product_id is null, category is null, place_id is null
        limit 1
      ), 0))
    end
  ) - $1::timestamptz)::float8
from page
cross join clock
join policy on policy.product_id = page.product_id
left join state.availability on availability.store_id = $2 and availability.product_id = page.product_id
left join state.warehouse on warehouse.warehouse_id = page.warehouse_id and warehouse.product_id = page.product_id
left join ops.supplier_plan as supply
  on supply.warehouse_id = page.warehouse_id and supply.product_id = page.product_id and supply.closed_at is null
left join today on today.product_id = page.product_id
left join transit on transit.product_id = page.product_id
order by page.product_id
