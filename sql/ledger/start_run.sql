-- Marks a partition as running under a new number. Another workflow that is at it keeps it until its lease has passed;
-- then no row comes back, nor when the plan's cell is settled already. A run that was under way and is taken over goes into
-- the history as lost.
-- $1 asset, $2 date, $3 workflow id, $4 run id, $5 reason, $6 seconds of lease, $7 plan whose cell it is, or null
with started as (
  insert into ops.partition_ledger as ledger
    (asset, date, status, run, workflow_id, run_id, reason, started_at, lease_until)
  values (
    $1, $2, 'running', nextval('ops.partition_run_numbers'), $3, $4, $5, now(), now() + make_interval(secs => $6)
  )
  on conflict (asset, date) do update set
    status = excluded.status, run = excluded.run, workflow_id = excluded.workflow_id, run_id = excluded.run_id,
    reason = excluded.reason, error = null, started_at = excluded.started_at, finished_at = null,
    lease_until = excluded.lease_until
  where (ledger.status <> 'running' or ledger.workflow_id = excluded.workflow_id or ledger.lease_until < now())
    and ($7::text is null or ops.cell_is_planned($7, $1, $2))
  returning
    new.run, old.status as old_status, old.run as old_run, old.workflow_id as old_workflow_id,
    old.run_id as old_run_id, old.reason as old_reason, old.started_at as old_started_at
),

lost as (
  insert into ops.partition_runs
    (run, asset, date, status, workflow_id, run_id, reason, error, started_at, finished_at, duration_ms)
  select
    old_run, $1, $2, 'failed', old_workflow_id, old_run_id, old_reason, 'its worker was lost; run ' || run || ' took over',
    old_started_at, now(), extract(epoch from now() - old_started_at) * 1000
  from started
  where old_status = 'running'
)

select run from started
