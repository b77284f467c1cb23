-- Puts picked goods on the shelf after the policy's delay.
-- Reads: ops.restock_pick, ref.shelves. Writes: ops.restock_pick. Sends: `shelf_events` refill, one per lot.
-- Rules: goods whose warehouse event has not come back through Kafka yet have not left the warehouse, and are skipped.
create or replace function ops.refill_shelves(as_of timestamptz, limit_rows integer) returns bigint
language plpgsql as $$
declare
  changed bigint;
begin
  perform ops.lock_job('refill_shelves');
  with due as materialized (
    select event_id, ops.time_zone_of(store_id) as time_zone
    from ops.restock_pick
    where applied_at is not null and refill_sent_at is null and refill_due_at <= as_of
    order by refill_due_at, event_id
    limit limit_rows
  ),
  arrived as (
    update ops.restock_pick as pick
    set refill_sent_at = as_of, refill_date = (as_of at time zone due.time_zone)::date
    from due
    where pick.event_id = due.event_id
    returning pick.*
  ),
  sent as materialized (
    select ops.emit(
      'shelf_events',
      arrived.store_id,
      ops.envelope(arrived.refill_event_id, arrived.store_id, as_of, 2) || jsonb_build_object(
        'shelf_id', shelves.shelf_id,
        'product_id', arrived.product_id,
        'event_type', 'refill',
        'quantity', ops.decimal_text(arrived.quantity),
        'batch_id', nullif(arrived.batch_id, ''),
        'expires_on', arrived.expires_on
      )
    )
    from (select * from arrived order by store_id, product_id, expires_on nulls last, batch_id) as arrived
    join ref.shelves using (store_id, product_id)
  )
  select count(*) into changed from sent;
  return changed;
end
$$;
comment on function ops.refill_shelves is 'Puts picked goods on the shelf after the policy''s delay.';
