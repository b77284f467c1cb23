-- Marks steps as done when their events have come back through Kafka.
-- Reads: state.event_ids. Writes: ops.restock_pick, ops.restock_plan, ops.removal. Sends: `shelf_restock_plan` when a
-- plan is done.
-- Rules: a pick has left the warehouse when its warehouse event was applied, and is on the shelf when its shelf event
-- was. A plan is done when all its picks are on the shelf.
create or replace function ops.confirm_events(as_of timestamptz, limit_rows integer) returns bigint
language plpgsql as $$
declare
  changed bigint;
  total bigint;
begin
  perform ops.lock_job('confirm_events');
  update ops.restock_pick
  set applied_at = as_of
  where event_id in (
    select event_id from ops.restock_pick
    where applied_at is null and ops.was_applied('warehouse_state', 'warehouse_events', event_id, event_date)
    limit limit_rows
  );
  get diagnostics total = row_count;

  update ops.restock_pick
  set refilled_at = as_of
  where event_id in (
    select event_id from ops.restock_pick
    where refilled_at is null and refill_sent_at is not null
      and ops.was_applied('shelf_state', 'shelf_events', refill_event_id, refill_date)
    limit limit_rows
  );
  get diagnostics changed = row_count;
  total := total + changed;

  with done as (
    update ops.restock_plan
    set status = 'refilled', closed_at = as_of
    where plan_id in (
      select plan_id from ops.restock_plan
      where status = 'picked'
        and not exists (
          select from ops.restock_pick where restock_pick.plan_id = restock_plan.plan_id and refilled_at is null
        )
      limit limit_rows
    )
    returning *
  ),
  published as materialized (
    select ops.publish_restock_plan(done) from (select * from done order by store_id, product_id) as done
  )
  select count(*) into changed from published;
  total := total + changed;

  update ops.removal
  set applied_at = as_of
  where event_id in (
    select event_id from ops.removal
    where applied_at is null
      and ops.was_applied(place || '_state', place || '_events', event_id, event_date)
    limit limit_rows
  );
  get diagnostics changed = row_count;
  return total + changed;
end
$$;
comment on function ops.confirm_events is 'Marks steps as done when their events have come back through Kafka.';
