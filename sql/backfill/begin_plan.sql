-- What failed before gets another try.
-- $1 plan
with cells as (
  update ops.backfill_cells set status = 'planned', error = null where plan = $1 and status = 'failed'
)

update ops.backfill_plans
set status = 'running', applied_at = coalesce(applied_at, now()), finished_at = null
where plan = $1
returning
  (select count(*) from ops.backfill_cells where plan = $1)::bigint as cells,
  (select count(*) from ops.backfill_cells where plan = $1 and status = 'succeeded')::bigint as succeeded
