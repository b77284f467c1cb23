-- The store sells, but a shelf reports no pickups, or its doors count no people; or a device was lost.
-- Reads: state.basket, state.shelf, state.sales_window, state.device, ref.device.
-- Opens: since the shelf's last pickup and within the last day, at least three customers paid for its product without a
-- pickup, in a store whose other shelves report pickups; or at least twenty transactions since the doors last counted a
-- person, where they counted people within the last week; or at once when the last will of a device applied; or when nothing was known of
-- a connected device for fifteen minutes, three times as long as is usual.
-- Resolves: when the sensor reports again.
-- Impact: the product's revenue per day: without its sensor the shelf's count is a guess.
create or replace function ops.alert_sensor_silent(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  with equipped as materialized (
    select store_id from state.shelf
    group by store_id having max(last_pick_at) > as_of - interval '7 days'
  ),
  unseen as materialized (
    select basket.store_id, basket.product_id, count(*) as baskets, sum(basket.unpicked) as units,
      min(basket.last_event_at) as since, shelf.last_pick_at
    from state.basket
    join state.shelf using (store_id, product_id)
    where basket.unpicked > 0
      and basket.last_event_at > greatest(shelf.last_pick_at, as_of - interval '1 day')
      and basket.last_event_at <= as_of
      and basket.visit_date >= (as_of at time zone 'UTC')::date - 2
      and basket.store_id in (select store_id from equipped)
    group by basket.store_id, basket.product_id, shelf.last_pick_at
    having count(*) >= 2
  ),
  doors as materialized (
    select
      store_id,
      max(window_start) filter (where entries > 0 or exits > 0) as counted_at,
      max(window_start) filter (where transactions > 0) as sold_at
    from state.sales_window
    where product_id = '' and window_start > as_of - interval '7 days' and window_start <= as_of
    group by store_id
  )
  select
    unseen.product_id,
    unseen.store_id,
    unseen.product_id,
    'warning',
    round(rate.units_per_day * rate.unit_price, 2),
    format('Shelf %s (%s) reports no pickups, but %s customers bought from it', shelves.shelf_id,
      coalesce(products.name, unseen.product_id), unseen.baskets),
    jsonb_build_object(
      'sensor', 'shelf', 'baskets', unseen.baskets, 'units', unseen.units, 'since', unseen.since,
      'last_pick_at', unseen.last_pick_at
    ),
    null::numeric,
    unseen.baskets >= 3
  from unseen
  join ref.shelves using (store_id, product_id)
  left join ref.products using (product_id)
  left join state.sales_rate as rate using (store_id, product_id)
  union all
  select
    'doors',
    doors.store_id,
    null,
    'warning',
    null,
    format('The doors have counted no people, but there were %s transactions', since.transactions),
    jsonb_build_object('sensor', 'doors', 'counted_at', doors.counted_at, 'transactions', since.transactions),
    null,
    since.transactions >= 20
  from doors
  cross join lateral (
    select coalesce(sum(transactions), 0) as transactions from state.sales_window as later
    where later.store_id = doors.store_id and later.product_id = '' and later.window_start > doors.counted_at
      and later.window_start <= as_of
  ) as since
  where doors.sold_at > doors.counted_at + interval '15 minutes' and since.transactions >= 10
  union all
  select
    'device ' || device.device_id,
    device.store_id,
    shelves.product_id,
    'warning',
    round(rate.units_per_day * rate.unit_price, 2),
    case device.status
      when 'lost' then format('Device %s was lost at %s', device.device_id,
        to_char(device.status_at at time zone ops.time_zone_of(device.store_id), 'HH24:MI'))
      else format('Nothing is known of device %s since %s', device.device_id,
        to_char(device.status_at at time zone ops.time_zone_of(device.store_id), 'HH24:MI'))
    end,
    jsonb_build_object(
      'sensor', device.sensor, 'device_id', device.device_id, 'status', device.status, 'since', device.status_at, 'reason', device.reason
    ),
    null,
    true
  from state.device
  join ref.device as registered using (device_id)
  left join lateral (
    select min(product_id) as product_id from ref.shelves
    where shelves.store_id = device.store_id and shelves.shelf_id = device.shelf_id
    having count(*) = 1
  ) as shelves on true
  left join state.sales_rate as rate on rate.store_id = device.store_id and rate.product_id = shelves.product_id
  where device.status_at <= as_of and (
    device.status = 'lost'
    or (device.status in ('connected', 'alive') and device.status_at < as_of - interval '15 minutes')
  )
$$;
comment on function ops.alert_sensor_silent is 'The store sells, but a shelf reports no pickups, or its doors count no people; or a device was lost.';
