-- Requests a product from the supplier when a warehouse has less than its reorder point.
-- Reads: state.warehouse, state.warehouse_lot_live, ops.lot_leaving, ref.warehouse_policy, state.sales_rate,
-- ref.supply_terms. Writes: ops.supplier_plan. Sends: `supplier_plan`.
-- Rules: a product with a supplier's terms for this warehouse is skipped: the daily replenishment orders it. One open
-- plan per warehouse and product; it closes when all of it has arrived. When less or nothing arrives, the plan stays
-- open until a lead time (at least a day) after it was due; then the missing units are planned again. A policy without
-- a reorder point gets one: the capacity of the shelves that the warehouse fills, or their sales in a lead time and two
-- days if that is more; it orders up to twice as much. An expired lot is not on hand.
create or replace function ops.plan_supply(as_of timestamptz, limit_rows integer) returns bigint
language plpgsql as $$
declare
  changed bigint;
  total bigint;
begin
  perform ops.lock_job('plan_supply');
  with received as (
    select plan.plan_id, greatest(coalesce(warehouse.received, 0) - plan.received_before, 0) as quantity
    from ops.supplier_plan as plan
    left join state.warehouse using (warehouse_id, product_id)
    where plan.closed_at is null
  ),
  ended as (
    update ops.supplier_plan as plan
    set
      received_quantity = received.quantity,
      status = case when received.quantity >= plan.quantity then 'received' when received.quantity > 0 then 'short' else 'lapsed' end,
      closed_at = as_of
    from received
    where plan.plan_id = received.plan_id
      and (received.quantity >= plan.quantity or as_of > plan.due_at + greatest(plan.due_at - plan.planned_at, interval '1 day'))
    returning plan.*
  ),
  published as materialized (
    select ops.publish_supplier_plan(ended) from (select * from ended order by warehouse_id, product_id) as ended
  )
  select count(*) into total from published;

  with stock as materialized (
    select warehouse_id, product_id, sum(on_hand) as on_hand
    from state.warehouse_lot_live
    where expires_on is null or expires_on > (as_of at time zone 'UTC')::date
    group by warehouse_id, product_id
  ),
  leaving as (
    select warehouse_id, product_id, sum(quantity) as quantity
    from ops.lot_leaving
    group by warehouse_id, product_id
  ),
  demand as (
    select shelves.warehouse_id, shelves.product_id, sum(rate.units_per_day) as units_per_day
    from ref.shelves join state.sales_rate as rate using (store_id, product_id)
    group by shelves.warehouse_id, shelves.product_id
  ),
  position as materialized (
    select
      policy.warehouse_id, policy.product_id, policy.lead_time_days, policy.pack_size,
      coalesce(warehouse.received, 0) as received,
      coalesce(stock.on_hand, 0) - coalesce(leaving.quantity, 0) as on_hand,
      point.reorder_point,
      coalesce(policy.order_up_to, 2 * point.reorder_point) as order_up_to
    from ref.warehouse_policy as policy
    left join state.warehouse using (warehouse_id, product_id)
    left join stock using (warehouse_id, product_id)
    left join leaving using (warehouse_id, product_id)
    left join demand using (warehouse_id, product_id)
    cross join lateral (
      select coalesce(
        policy.reorder_point,
        greatest(policy.shelf_capacity, coalesce(demand.units_per_day, 0) * (policy.lead_time_days + 2))
      ) as reorder_point
    ) as point
  ),
  planned as (
    insert into ops.supplier_plan (
      plan_id, warehouse_id, product_id, quantity, on_hand, reorder_point, order_up_to, received_before, planned_at, due_at
    )
    select
      ops.decision_id('supply', warehouse_id, product_id, extract(epoch from as_of)::text),
      warehouse_id, product_id, ceil((order_up_to - on_hand) / pack_size) * pack_size, on_hand, reorder_point, order_up_to,
      received, as_of, as_of + lead_time_days * interval '1 day'
    from position
    where on_hand < reorder_point and on_hand < order_up_to
      and not exists (
        select from ref.supply_terms as terms
        where terms.product_id = position.product_id
          and (terms.location_id is null or terms.location_id = position.warehouse_id)
      )
      and not exists (
        select from ops.supplier_plan as plan
        where plan.warehouse_id = position.warehouse_id and plan.product_id = position.product_id and plan.closed_at is null
      )
    order by on_hand / nullif(reorder_point, 0), warehouse_id, product_id
    limit limit_rows
    on conflict do nothing
    returning *
  ),
  published as materialized (
    select ops.publish_supplier_plan(planned) from (select * from planned order by warehouse_id, product_id) as planned
  )
  select count(*) into changed from published;
  return total + changed;
end
$$;
comment on function ops.plan_supply is 'Requests a product from the supplier when a warehouse has less than its reorder point.';
