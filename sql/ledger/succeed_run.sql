-- The partition can be read: ledger, history and, within a backfill, the plan's cell, together. No row comes back when
-- another run has taken over.
-- $1 asset, $2 date, $3 run, $4 inputs, $5 output version, $6 code version, $7 rows, $8 bytes, $9 plan or null
with succeeded as (
  update ops.partition_ledger set
    status = 'succeeded', error = null, finished_at = now(), inputs = $4, inputs_at = started_at, output_version = $5,
    code_version = $6, rows = $7, bytes = $8, duration_ms = extract(epoch from now() - started_at) * 1000,
    succeeded_run = run, succeeded_at = now()
  where asset = $1 and date = $2 and run = $3 and status = 'running'
  returning *
),

history as (
  insert into ops.partition_runs (
    run, asset, date, status, workflow_id, run_id, reason, started_at, finished_at, inputs, output_version, code_version,
    rows, bytes, duration_ms
  )
  select
    run, asset, date, status, workflow_id, run_id, reason, started_at, finished_at, inputs, output_version, code_version,
    rows, bytes, duration_ms
  from succeeded
),

cell as (
  update ops.backfill_cells as cell
  set status = 'succeeded', run = succeeded.run, error = null, finished_at = succeeded.finished_at
  from succeeded
  where cell.plan = $9 and cell.asset = succeeded.asset and cell.date = succeeded.date
)

select duration_ms from succeeded
