-- The run ended without a new partition; the partition from before is kept. Nothing happens when another run has
-- taken over.
-- $1 asset, $2 date, $3 run, $4 error
with failed as (
  update ops.partition_ledger set status = 'failed', error = $4, finished_at = now()
  where asset = $1 and date = $2 and run = $3 and status = 'running'
  returning *
)

insert into ops.partition_runs
  (run, asset, date, status, workflow_id, run_id, reason, error, started_at, finished_at, duration_ms)
select
  run, asset, date, status, workflow_id, run_id, reason, error, started_at, finished_at,
  extract(epoch from finished_at - started_at) * 1000
from failed
