-- The run that wrote what was read of a partition: the run itself, or of a lake table the last one up to the version that
-- was read. $1 asset, $2 date, $3 run or null, $4 version or null.
select
  asset, date, run, workflow_id as "workflowId", finished_at as "finishedAt", code_version as "codeVersion",
  output_version as "outputVersion", rows, inputs
from ops.partition_runs
where asset = $1 and date = $2 and status = 'succeeded'
  and ($3::bigint is null or run = $3)
  and ($4::bigint is null or output_version is null or output_version <= $4)
order by run desc
limit 1
