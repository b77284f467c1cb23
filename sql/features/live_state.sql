-- PostgreSQL. What the live state has for every store × product on the morning after {day}: its shelf and the warehouse
-- behind it, their lots, what is on its way, prices, alerts, and the hours without it. What is not known is null.
--
-- The day's hours without the product are those in which it was more likely absent than not; state.availability_hour keeps
-- thirty days of them. Where a store's availability was never evaluated, they are unknown, not none.
with known as (
  select store_id, product_id from ref.shelves
  union
  select store_id, product_id from state.shelf
  union
  select store_id, product_id from state.stock
),

local as (
  select stores.store_id, coalesce(stores.time_zone, 'UTC') as time_zone, evaluated_hour
  from (select distinct store_id from known) as own
  join ref.stores using (store_id)
  left join state.availability_model using (store_id)
),

lot as (
  select
    lots.store_id,
    lots.product_id,
    sum(lots.on_hand) filter (where expires_on <= {day}) as expired_units,
    sum(lots.on_hand) filter (where expires_on > {day} and expires_on <= {day} + near_expiry_days) as expiring_units,
    min(expires_on) filter (where expires_on > {day}) - {day} as days_to_expiry,
    avg(lots.refilled) as lot_units
  from state.shelf_lot_live as lots
  left join ref.shelf_policy using (store_id, product_id)
  where lots.on_hand > 0
  group by lots.store_id, lots.product_id
),

restock as (
  select store_id, product_id, sum(coalesce(nullif(picked_quantity, 0), quantity)) as restock_units
  from ops.restock_plan
  where status in ('open', 'picked')
  group by store_id, product_id
),

price as (
  select distinct on (store_id, product_id) store_id, product_id, price
  from state.price
  where valid_from <= ops.now()
  order by store_id, product_id, valid_from desc, event_id desc
),

discount as (
  select
    store_id,
    product_id,
    max(percent) filter (where ended_at is null and discount_date <= {day} + 1) / 100 as discount_now,
    max(percent) filter (where discount_date > {day}) / 100 as discount_planned
  from ops.discount
  where discount_date >= {day} and (ended_at is null or discount_date > {day})
  group by store_id, product_id
),

alert as (
  select store_id, product_id, count(*) as alerts_7
  from ops.alert
  where first_seen > ops.now() - interval '7 days' and product_id is not null
  group by store_id, product_id
),

absent as (
  select
    store_id,
    product_id,
    count(*) filter (where (hour at time zone time_zone)::date = {day}) as stock_out_hours_1,
    count(*) filter (where (hour at time zone time_zone)::date between {day} - 6 and {day}) as stock_out_hours_7
  from state.availability_hour
  join local using (store_id)
  where p_available < 0.5
  group by store_id, product_id
)

select
  known.store_id,
  known.product_id,
  shelf.on_shelf::real as shelf_units,
  coalesce(shelf.capacity, shelves.capacity)::real as shelf_capacity,
  shelf.fill_ratio::real as shelf_fill,
  shelf_policy.restock_below::real as shelf_restock_below,
  stock.on_hand::real as stock_units,
  lot.expired_units::real as expired_units,
  lot.expiring_units::real as expiring_units,
  lot.days_to_expiry::real as days_to_expiry,
  lot.lot_units::real as lot_units,
  restock.restock_units::real as restock_pending_units,
  warehouse.on_hand::real as warehouse_units,
  warehouse_policy.order_up_to::real as warehouse_order_up_to,
  (warehouse.on_hand / nullif(warehouse_policy.order_up_to, 0))::real as warehouse_fill,
  warehouse_policy.reorder_point::real as warehouse_reorder_point,
  on_order.quantity::real as supply_pending_units,
  price.price::real as price_now,
  coalesce(discount.discount_now, markdown.percent / 100)::real as discount_now,
  discount.discount_planned::real as discount_planned,
  coalesce(alert.alerts_7, 0)::real as alerts_7,
  case when evaluated_hour is not null then coalesce(absent.stock_out_hours_1, 0) end::real as stock_out_hours_1,
  case when evaluated_hour is not null then coalesce(absent.stock_out_hours_7, 0) end::real as stock_out_hours_7,
  case when evaluated_hour is not null then (coalesce(absent.stock_out_hours_1, 0) > 0)::integer end::real as is_censored
from known
join local using (store_id)
left join ref.shelves as shelves using (store_id, product_id)
left join ref.shelf_policy as shelf_policy using (store_id, product_id)
left join state.shelf_live as shelf using (store_id, product_id)
left join state.stock as stock using (store_id, product_id)
left join lot using (store_id, product_id)
left join restock using (store_id, product_id)
left join price using (store_id, product_id)
left join discount using (store_id, product_id)
left join ops.markdown as markdown using (store_id, product_id)
left join alert using (store_id, product_id)
left join absent using (store_id, product_id)
left join state.warehouse as warehouse
  on warehouse.warehouse_id = shelves.warehouse_id and warehouse.product_id = known.product_id
left join ref.warehouse_policy as warehouse_policy
  on warehouse_policy.warehouse_id = shelves.warehouse_id and warehouse_policy.product_id = known.product_id
left join ops.on_order as on_order
  on on_order.location_id = coalesce(shelves.warehouse_id, known.store_id) and on_order.product_id = known.product_id
