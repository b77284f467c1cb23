-- Runs whose events wait, the oldest first, held for this transaction. $1 at most
select
  run.run, run.asset, run.date::text as date, run.status, run.workflow_id as "workflowId", run.run_id as "runId", run.reason,
  run.error, run.started_at as "startedAt", run.finished_at as "finishedAt", run.inputs, run.output_version as "outputVersion",
  run.code_version as "codeVersion", run.rows, run.bytes
from ops.lineage_outbox as waiting
inner join ops.partition_runs as run on run.run = waiting.run
where waiting.refused_at is null
order by waiting.run
limit $1
for update of waiting skip locked
