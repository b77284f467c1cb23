-- $1 plan
update ops.backfill_plans as plan set
  status = case
    when exists (select from ops.backfill_cells where plan = $1 and status = 'planned') then 'cancelled'
    when exists (select from ops.backfill_cells where plan = $1 and status = 'failed') then 'failed'
    else 'succeeded'
  end,
  finished_at = now()
where plan = $1
returning
  status,
  (select count(*) from ops.backfill_cells where plan = $1 and status = 'succeeded')::bigint as succeeded,
  (select count(*) from ops.backfill_cells where plan = $1 and status = 'failed')::bigint as failed
