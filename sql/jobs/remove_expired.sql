-- Removes expired lots from shelves and warehouses as waste.
-- Reads: state.shelf_lot_live, state.warehouse_lot_live, ops.lot_leaving, state.sales_rate. Writes: ops.removal. Sends:
-- `shelf_events` removal, `warehouse_events` out (reason waste).
-- Rules: a lot is expired on the day after its expires_on, in the calendar of the store or warehouse. While a removal
-- has not come back through Kafka the lot is not removed again; units of it that appear later are.
create or replace function ops.remove_expired(as_of timestamptz, limit_rows integer) returns bigint
language plpgsql as $$
declare
  changed bigint;
  total bigint;
begin
  perform ops.lock_job('remove_expired');
  with expired as materialized (
    select lot.store_id, lot.product_id, lot.batch_id, lot.expires_on, lot.on_hand, shelves.shelf_id,
      (as_of at time zone coalesce(stores.time_zone, 'UTC'))::date as today
    from ops.expiring_lots((as_of at time zone 'UTC')::date) as lot
    join ref.shelves using (store_id, product_id)
    left join ref.stores using (store_id)
    where lot.expires_on < (as_of at time zone coalesce(stores.time_zone, 'UTC'))::date
  ),
  removed as (
    insert into ops.removal (
      event_id, place, place_id, product_id, batch_id, expires_on, quantity, unit_price, decided_at, event_date
    )
    select
      ops.decision_id('removal', 'shelf', store_id, product_id, batch_id, extract(epoch from as_of)::text),
      'shelf', store_id, product_id, batch_id, expires_on, on_hand, rate.unit_price, as_of, today
    from expired
    left join state.sales_rate as rate using (store_id, product_id)
    where not exists (
      select from ops.removal
      where place = 'shelf' and place_id = expired.store_id and removal.product_id = expired.product_id
        and removal.batch_id = expired.batch_id and applied_at is null
    )
    order by store_id, product_id, batch_id
    limit limit_rows
    on conflict do nothing
    returning *
  ),
  sent as materialized (
    select ops.emit(
      'shelf_events',
      removed.place_id,
      ops.envelope(removed.event_id, removed.place_id, as_of, 2) || jsonb_build_object(
        'shelf_id', expired.shelf_id,
        'product_id', removed.product_id,
        'event_type', 'removal',
        'quantity', ops.decimal_text(removed.quantity),
        'batch_id', nullif(removed.batch_id, ''),
        'expires_on', removed.expires_on
      )
    )
    from (select * from removed order by place_id, product_id, batch_id) as removed
    join expired
      on expired.store_id = removed.place_id and expired.product_id = removed.product_id
      and expired.batch_id = removed.batch_id
  )
  select count(*) into total from sent;

  with expired as materialized (
    select lot.warehouse_id, lot.product_id, lot.batch_id, lot.expires_on,
      lot.on_hand - coalesce(leaving.quantity, 0) as on_hand,
      (as_of at time zone coalesce(stores.time_zone, 'UTC'))::date as today
    from state.warehouse_lot_live as lot
    left join ref.stores on stores.store_id = lot.warehouse_id
    left join lateral (
      select sum(quantity) as quantity from ops.lot_leaving
      where warehouse_id = lot.warehouse_id and product_id = lot.product_id and batch_id = lot.batch_id
    ) as leaving on true
    where lot.on_hand > 0
      and lot.expires_on < (as_of at time zone coalesce(stores.time_zone, 'UTC'))::date
  ),
  removed as (
    insert into ops.removal (event_id, place, place_id, product_id, batch_id, expires_on, quantity, decided_at, event_date)
    select
      ops.decision_id('removal', 'warehouse', warehouse_id, product_id, batch_id, extract(epoch from as_of)::text),
      'warehouse', warehouse_id, product_id, batch_id, expires_on, on_hand, as_of, today
    from expired
    where on_hand > 0
      and not exists (
        select from ops.removal
        where place = 'warehouse' and place_id = expired.warehouse_id and removal.product_id = expired.product_id
          and removal.batch_id = expired.batch_id and applied_at is null
      )
    order by warehouse_id, product_id, batch_id
    limit limit_rows
    on conflict do nothing
    returning *
  ),
  sent as materialized (
    select ops.emit(
      'warehouse_events',
      place_id,
      ops.envelope(event_id, place_id, as_of, 2) || jsonb_build_object(
        'warehouse_id', place_id,
        'product_id', product_id,
        'batch_id', nullif(batch_id, ''),
        'direction', 'out',
        'quantity', ops.decimal_text(quantity),
        'reason', 'waste',
        'expires_on', expires_on
      )
    )
    from (select * from removed order by place_id, product_id, batch_id) as removed
  )
  select count(*) into changed from sent;
  return total + changed;
end
$$;
comment on function ops.remove_expired is 'Removes expired lots from shelves and warehouses as waste.';
