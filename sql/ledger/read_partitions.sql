-- $1 assets or null for all, $2 first date or null, $3 last date or null
select
  asset, date, status, run, workflow_id as "workflowId", run_id as "runId", reason, error,
  started_at as "startedAt", finished_at as "finishedAt",
  status = 'running' and lease_until < now() as "isAbandoned",
  inputs, inputs_at as "inputsAt", output_version as "outputVersion", code_version as "codeVersion",
  rows, bytes, duration_ms as "durationMs", succeeded_run as "succeededRun", succeeded_at as "succeededAt"
from ops.partition_ledger
where ($1::text[] is null or asset = any ($1))
  and ($2::date is null or date >= $2)
  and ($3::date is null or date <= $3)
order by asset, date
