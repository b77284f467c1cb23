-- Plans to fill a shelf up to the policy's restock_to when it holds less than restock_below.
-- Reads: state.shelf, ref.shelves, ref.shelf_policy. Writes: ops.restock_plan. Sends: `shelf_restock_plan`.
-- Rules: one open plan per store and product; it counts as stock on its way, so that a shelf is not planned twice while
-- its goods are moved. A shelf with a negative count is treated as empty. Whole units only.
create or replace function ops.plan_restock(as_of timestamptz, limit_rows integer) returns bigint
language plpgsql as $$
declare
  changed bigint;
begin
  perform ops.lock_job('plan_restock');
  with low as materialized (
    select shelf.store_id, shelf.product_id, shelf.warehouse_id, shelf.capacity, shelf.available,
      floor(policy.restock_to * shelf.capacity - greatest(shelf.available, 0)) as quantity
    from ops.shelves_up_to(ops.restock_below_max()) as shelf
    join ref.shelf_policy as policy using (store_id, product_id)
    where shelf.available < policy.restock_below * shelf.capacity
  ),
  planned as (
    insert into ops.restock_plan (plan_id, store_id, product_id, warehouse_id, quantity, available, capacity, planned_at)
    select
      ops.decision_id('restock', store_id, product_id, extract(epoch from as_of)::text),
      store_id, product_id, warehouse_id, quantity, available, capacity, as_of
    from low
    where quantity > 0
      and not exists (
        select from ops.restock_plan as plan
        where plan.store_id = low.store_id and plan.product_id = low.product_id and plan.closed_at is null
      )
    order by available / nullif(capacity, 0), store_id, product_id
    limit limit_rows
    on conflict do nothing
    returning *
  ),
  published as materialized (
    select ops.publish_restock_plan(planned) from (select * from planned order by store_id, product_id) as planned
  )
  select count(*) into changed from published;
  return changed;
end
$$;
comment on function ops.plan_restock is 'Plans to fill a shelf up to the policy''s restock_to when it holds less than restock_below.';
