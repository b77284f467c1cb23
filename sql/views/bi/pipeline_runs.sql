create or replace view bi.pipeline_runs with (security_invoker = true) as
select
  run, asset, date as business_date, status, reason, error, workflow_id, run_id as temporal_run_id, code_version, rows,
  bytes, duration_ms,
  started_at at time zone 'UTC' as started_at,
  finished_at at time zone 'UTC' as finished_at,
  finished_at at time zone 'UTC' as updated_at
from ops.partition_runs;

comment on view bi.pipeline_runs is 'Every run of a partition that ended, for readers who see everything.';
comment on column bi.pipeline_runs.run is 'Number of the run.';
comment on column bi.pipeline_runs.asset is 'The table.';
comment on column bi.pipeline_runs.business_date is 'The store''s day.';
comment on column bi.pipeline_runs.status is 'succeeded or failed.';
comment on column bi.pipeline_runs.reason is 'Why it ran.';
comment on column bi.pipeline_runs.error is 'Why it failed.';
comment on column bi.pipeline_runs.workflow_id is 'Temporal workflow.';
comment on column bi.pipeline_runs.temporal_run_id is 'Temporal run of that workflow.';
comment on column bi.pipeline_runs.code_version is 'Version of the code that made it.';
comment on column bi.pipeline_runs.rows is 'Rows written.';
comment on column bi.pipeline_runs.bytes is 'Bytes written.';
comment on column bi.pipeline_runs.duration_ms is 'Duration in milliseconds.';
comment on column bi.pipeline_runs.started_at is 'Start, UTC.';
comment on column bi.pipeline_runs.finished_at is 'End, UTC.';
comment on column bi.pipeline_runs.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
