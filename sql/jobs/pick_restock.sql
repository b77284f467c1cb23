-- Picks open plans in the warehouse, lot by lot, first expired first out.
-- Reads: state.warehouse_lot_live, ops.lot_leaving, ref.shelf_policy, state.shelf. Writes: ops.restock_pick,
-- ops.restock_plan. Sends: `warehouse_events` out (reason store_refill), `shelf_restock_plan`.
-- Rules: the free stock of a lot is its on-hand stock less the picks that have not come back through Kafka yet; a lot
-- that expires today is skipped. Older plans come first. A plan is picked once, with the stock that is free; without
-- any it stays open and is short. Units that are still missing on the shelf afterwards become the next plan. A plan
-- whose shelf was filled in another way is cancelled.
create or replace function ops.pick_restock(as_of timestamptz, limit_rows integer) returns bigint
language plpgsql as $$
declare
  changed bigint;
  total bigint;
begin
  perform ops.lock_job('pick_restock');
  with needless as (
    update ops.restock_plan as plan
    set status = 'cancelled', closed_at = as_of
    from state.shelf
    join ref.shelf_policy as policy using (store_id, product_id)
    where plan.status = 'open'
      and plan.store_id = shelf.store_id and plan.product_id = shelf.product_id
      and shelf.available >= policy.restock_below * plan.capacity
    returning plan.*
  ),
  published as materialized (
    select ops.publish_restock_plan(needless) from (select * from needless order by store_id, product_id) as needless
  )
  select count(*) into total from published;

  -- Plans and lots of one product in one warehouse become intervals of units; each overlap is a pick.
  with wanted as materialized (
    select
      plan.*,
      sum(quantity) over (queue) - quantity as from_unit,
      sum(quantity) over (queue) as to_unit
    from (
      select * from ops.restock_plan where status = 'open' order by planned_at, plan_id limit limit_rows
    ) as plan
    window queue as (partition by warehouse_id, product_id order by planned_at, plan_id)
  ),
  lot as materialized (
    select
      warehouse_id, product_id, batch_id, expires_on,
      sum(free) over (queue) - free as from_unit,
      sum(free) over (queue) as to_unit
    from (
      select lot.*, lot.on_hand - coalesce(leaving.quantity, 0) as free
      from (select distinct warehouse_id, product_id from wanted) as needed
      cross join lateral (
        select * from state.warehouse_lot_live as live
        where live.warehouse_id = needed.warehouse_id and live.product_id = needed.product_id and live.on_hand > 0
        -- Keeps the planner from a join, for which it would read the lots of every warehouse.
        offset 0
      ) as lot
      left join (
        select warehouse_id, product_id, batch_id, sum(quantity) as quantity
        from ops.lot_leaving
        group by warehouse_id, product_id, batch_id
      ) as leaving
        on leaving.warehouse_id = lot.warehouse_id and leaving.product_id = lot.product_id and leaving.batch_id = lot.batch_id
      where lot.on_hand > coalesce(leaving.quantity, 0)
        and (lot.expires_on is null or lot.expires_on > (as_of at time zone 'UTC')::date)
    ) as stocked
    window queue as (
      partition by warehouse_id, product_id order by expires_on nulls last, received_on nulls last, batch_id
    )
  ),
  picked as (
    insert into ops.restock_pick (
      event_id, plan_id, store_id, product_id, warehouse_id, batch_id, expires_on, quantity, picked_at, event_date,
      refill_due_at, refill_event_id
    )
    select
      ops.decision_id('pick', wanted.plan_id, lot.batch_id),
      wanted.plan_id, wanted.store_id, wanted.product_id, wanted.warehouse_id, lot.batch_id, lot.expires_on,
      least(wanted.to_unit, lot.to_unit) - greatest(wanted.from_unit, lot.from_unit),
      as_of,
      (as_of at time zone ops.time_zone_of(wanted.warehouse_id))::date,
      as_of + make_interval(secs => policy.refill_delay_seconds),
      ops.decision_id('refill', wanted.plan_id, lot.batch_id)
    from wanted
    join lot using (warehouse_id, product_id)
    join ref.shelf_policy as policy using (store_id, product_id)
    where lot.from_unit < wanted.to_unit and wanted.from_unit < lot.to_unit
    on conflict do nothing
    returning *
  ),
  sent as materialized (
    select ops.emit(
      'warehouse_events',
      warehouse_id,
      ops.envelope(event_id, warehouse_id, as_of, 2) || jsonb_build_object(
        'warehouse_id', warehouse_id,
        'product_id', product_id,
        'batch_id', nullif(batch_id, ''),
        'direction', 'out',
        'quantity', ops.decimal_text(quantity),
        'reason', 'store_refill',
        'expires_on', expires_on,
        'destination_store_id', store_id,
        'plan_id', plan_id
      )
    )
    from (select * from picked order by warehouse_id, store_id, product_id, expires_on nulls last, batch_id) as picked
  ),
  outcome as (
    select wanted.plan_id, coalesce(sum(picked.quantity), 0) as quantity
    from wanted left join picked using (plan_id)
    group by wanted.plan_id
  ),
  gone as (
    update ops.restock_plan as plan
    set
      status = case when outcome.quantity > 0 then 'picked' else 'open' end,
      picked_quantity = outcome.quantity,
      picked_at = case when outcome.quantity > 0 then as_of end,
      is_short = outcome.quantity < plan.quantity
    from outcome
    where plan.plan_id = outcome.plan_id and (outcome.quantity > 0 or not plan.is_short)
    returning plan.*
  ),
  published as materialized (
    select ops.publish_restock_plan(gone) from (select * from gone order by store_id, product_id) as gone
  )
  select (select count(*) from published) + (select count(*) from sent) into changed;
  return total + changed;
end
$$;
comment on function ops.pick_restock is 'Picks open plans in the warehouse, lot by lot, first expired first out.';
