create or replace view bi.data_quality with (security_invoker = true) as
select
  run, asset, date as business_date, check_name, severity, passed, finding, failing_rows,
  checked_at at time zone 'UTC' as updated_at
from ops.check_results;

comment on view bi.data_quality is 'Every check of every run, for readers who see everything.';
comment on column bi.data_quality.run is 'Number of the run, as in pipeline_runs.';
comment on column bi.data_quality.asset is 'The table that was checked; data_quality for the hourly checks.';
comment on column bi.data_quality.business_date is 'The store''s day; null for checks over all days.';
comment on column bi.data_quality.check_name is 'The check.';
comment on column bi.data_quality.severity is 'block: a failure kept the old partition in place; warn: it was written down.';
comment on column bi.data_quality.passed is 'Whether it passed.';
comment on column bi.data_quality.finding is 'The figures that were compared, in a sentence.';
comment on column bi.data_quality.failing_rows is 'Rows that failed it.';
comment on column bi.data_quality.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
