-- The runs of a partition that have ended, the newest first. $1 asset, $2 date, $3 limit
select
  run, status, workflow_id as "workflowId", run_id as "runId", reason, error, started_at as "startedAt",
  finished_at as "finishedAt", duration_ms as "durationMs", inputs, output_version as "outputVersion",
  code_version as "codeVersion", rows, bytes
from ops.partition_runs
where asset = $1 and date = $2
order by run desc
limit $3
