-- Moves approved transfers from one location to another; transfers that are not approved in time expire.
-- Reads: state.warehouse_lot_live, state.stock, state.event_ids, ref.goods_in. Writes: ops.transfer_proposal,
-- ops.transfer_lot. Sends: `warehouse_events` (reason transfer) for warehouses, `inventory_updates` (reason transfer)
-- for stores.
-- Rules: a transfer leaves once, with the stock that is available, first expired first out; lots that expire before
-- good_until stay. A transfer that another transaction is changing is skipped until the next minute. Per minute one
-- transfer of a product leaves a location. Without stock it waits until it expires. Each lot arrives lead_time_days
-- after it left, and not before its departure has come back through Kafka; it keeps its expiry date. A location that
-- reports its own goods in (ref.goods_in) reports these too.
create or replace function ops.move_transfers(as_of timestamptz, limit_rows integer) returns bigint
language plpgsql as $$
declare
  changed bigint;
  total bigint;
begin
  perform ops.lock_job('move_transfers');
  total := ops.expire_transfers(as_of);

  update ops.transfer_lot
  set out_applied_at = as_of
  where out_event_id in (
    select out_event_id from ops.transfer_lot
    where out_applied_at is null and ops.movement_applied(out_topic, out_event_id, out_date)
    limit limit_rows
  );
  get diagnostics changed = row_count;
  total := total + changed;

  update ops.transfer_lot
  set in_applied_at = as_of
  where out_event_id in (
    select out_event_id from ops.transfer_lot
    where in_sent_at is not null and in_applied_at is null and ops.movement_applied(in_topic, in_event_id, in_date)
    limit limit_rows
  );
  get diagnostics changed = row_count;
  total := total + changed;

  update ops.transfer_proposal as transfer
  set state = 'received', closed_at = as_of, updated_at = as_of
  where state = 'shipped'
    and not exists (
      select from ops.transfer_lot as lot where lot.transfer_id = transfer.transfer_id and in_applied_at is null
    );
  get diagnostics changed = row_count;
  total := total + changed;

  with wanted as materialized (
    select distinct on (from_location_id, product_id) *, ops.goods_topic(from_location_id) as out_topic
    from (
      -- Locked: the planning of a location expires overdue transfers at the same time.
      select * from ops.transfer_proposal
      where state = 'approved' and expires_at > as_of
      order by decided_at, transfer_id
      limit limit_rows
      for update skip locked
    ) as approved
    order by from_location_id, product_id, decided_at, transfer_id
  ),
  lot as materialized (
    select
      wanted.transfer_id, stocked.batch_id, stocked.expires_on, stocked.free,
      sum(stocked.free) over (
        partition by wanted.transfer_id order by stocked.expires_on nulls last, stocked.received_on nulls last, stocked.batch_id
      ) - stocked.free as before
    from wanted
    cross join lateral (
      select
        live.batch_id, live.expires_on, live.received_on,
        live.on_hand - (
          select coalesce(sum(quantity), 0) from ops.lot_leaving as leaving
          where leaving.warehouse_id = live.warehouse_id and leaving.product_id = live.product_id
            and leaving.batch_id = live.batch_id
        ) as free
      from state.warehouse_lot_live as live
      where wanted.out_topic = 'warehouse_events'
        and live.warehouse_id = wanted.from_location_id and live.product_id = wanted.product_id
        and (live.expires_on is null or live.expires_on >= coalesce(good_until, (as_of at time zone 'UTC')::date + 1))
      union all
      select
        '', null, null,
        stock.on_hand - (
          select coalesce(sum(leaving.quantity), 0) from ops.transfer_lot as leaving
          where leaving.from_location_id = stock.store_id and leaving.product_id = stock.product_id
            and leaving.out_applied_at is null
        )
      from state.stock as stock
      where wanted.out_topic = 'inventory_updates'
        and stock.store_id = wanted.from_location_id and stock.product_id = wanted.product_id
    ) as stocked
    where stocked.free > 0
  ),
  gone as (
    insert into ops.transfer_lot (
      out_event_id, transfer_id, from_location_id, product_id, batch_id, expires_on, quantity, out_topic, out_date,
      in_event_id, in_topic
    )
    select
      ops.decision_id('transfer-out', transfer_id, lot.batch_id),
      transfer_id, wanted.from_location_id, wanted.product_id, lot.batch_id, lot.expires_on,
      least(lot.free, wanted.quantity - lot.before),
      wanted.out_topic, (as_of at time zone ops.time_zone_of(wanted.from_location_id))::date,
      ops.decision_id('transfer-in', transfer_id, lot.batch_id), ops.goods_topic(wanted.to_location_id)
    from wanted
    join lot using (transfer_id)
    where lot.before < wanted.quantity
    returning *
  ),
  shipped as (
    update ops.transfer_proposal as transfer
    set
      state = 'shipped', shipped_quantity = moved.quantity, shipped_at = as_of, updated_at = as_of,
      arrives_at = as_of + make_interval(days => transfer.lead_time_days)
    from (select transfer_id, sum(quantity) as quantity from gone group by transfer_id) as moved
    where transfer.transfer_id = moved.transfer_id and transfer.state = 'approved'
    returning transfer.transfer_id, transfer.to_location_id
  ),
  published as materialized (
    select ops.publish_movement(
      out_topic, out_event_id, from_location_id, product_id, batch_id, expires_on, -quantity, to_location_id, transfer_id, as_of
    )
    from (select * from gone join shipped using (transfer_id) order by from_location_id, product_id, batch_id) as gone
  )
  select count(*) into changed from published;
  total := total + changed;

  with due as materialized (
    select lot.out_event_id, transfer.to_location_id, coalesce(goods_in.told_by = 'location', false) as reports_itself
    from ops.transfer_lot as lot
    join ops.transfer_proposal as transfer using (transfer_id)
    left join ref.goods_in on goods_in.location_id = transfer.to_location_id
    where lot.in_applied_at is null and lot.in_sent_at is null and lot.out_applied_at is not null and arrives_at <= as_of
    order by arrives_at, lot.out_event_id
    limit limit_rows
  ),
  arrived as (
    update ops.transfer_lot as lot
    set
      in_sent_at = as_of,
      in_applied_at = case when reports_itself then as_of end,
      in_date = (as_of at time zone ops.time_zone_of(due.to_location_id))::date
    from due
    where lot.out_event_id = due.out_event_id
    returning lot.*, due.to_location_id, due.reports_itself
  ),
  published as materialized (
    select ops.publish_movement(
      in_topic, in_event_id, to_location_id, product_id, coalesce(nullif(batch_id, ''), transfer_id), expires_on, quantity,
      null, transfer_id, as_of
    )
    from (
      select * from arrived where not reports_itself order by to_location_id, product_id, expires_on nulls last, batch_id
    ) as arrived
  )
  select count(*) into changed from published;
  return total + changed;
end
$$;
comment on function ops.move_transfers is 'Moves approved transfers from one location to another; transfers that are not approved in time expire.';

create or replace function ops.expire_transfers(as_of timestamptz) returns bigint
language sql as $$
  with expired as (
    update ops.transfer_proposal
    set state = 'expired', closed_at = as_of, updated_at = as_of
    where transfer_id in (
      select transfer_id from ops.transfer_proposal
      where state in ('proposed', 'approved') and expires_at <= as_of
      -- In this order two transactions can't deadlock.
      order by transfer_id
      for update
    )
    returning 1
  )
  select count(*) from expired
$$;
comment on function ops.expire_transfers is 'Expires transfers that were not approved in time, or that had no stock left.';

create or replace function ops.goods_topic(location text) returns text
language sql stable parallel safe
return case
  when exists (select from ref.stores where store_id = location) and not exists (select from ref.shelves where warehouse_id = location)
  then 'inventory_updates' else 'warehouse_events'
end;
comment on function ops.goods_topic is 'The topic for goods in and out of a location: inventory_updates for a store that fills no shelves of other stores, else warehouse_events.';

create or replace function ops.movement_applied(topic text, event_id text, event_date date) returns boolean
language sql stable parallel safe
return case topic
  when 'warehouse_events' then ops.was_applied('warehouse_state', topic, event_id, event_date)
  else exists (
    select from state.event_ids as known
    where known.event_date = movement_applied.event_date
      and known.event_key = state.event_key('inventory_updates', movement_applied.event_id)
  )
end;
comment on function ops.movement_applied is 'Whether an event of goods in or out is in the live state.';

-- A negative quantity goes out.
create or replace function ops.publish_movement(
  topic text, event_id text, place text, product text, batch_id text, expires_on date, quantity numeric, destination text,
  transfer_id text, as_of timestamptz
) returns void
language sql as $$
  select ops.emit(
    topic,
    place,
    case topic
      when 'warehouse_events' then ops.envelope(event_id, place, as_of, 2) || jsonb_build_object(
        'warehouse_id', place,
        'product_id', product,
        'batch_id', nullif(batch_id, ''),
        'direction', case when quantity < 0 then 'out' else 'in' end,
        'quantity', ops.decimal_text(abs(quantity)),
        'reason', 'transfer',
        'expires_on', expires_on,
        'destination_store_id', destination,
        'plan_id', transfer_id
      )
      else ops.envelope(event_id, place, as_of, 1) || jsonb_build_object(
        'inventory_id', place || '/' || product,
        'product_id', product,
        'quantity_change', ops.decimal_text(quantity),
        'new_quantity', ops.decimal_text(quantity + coalesce((
          select on_hand from state.stock where stock.store_id = place and stock.product_id = product
        ), 0)),
        'reason', 'transfer'
      )
    end
  )
$$;
comment on function ops.publish_movement is 'Publishes the goods that a transfer takes out of a location or brings into one.';
