-- What a run has built, if it has succeeded. $1 run
select
  rows, bytes, duration_ms as "durationMs",
  array(
    select check_name || ': ' || finding from ops.check_results
    where run = $1 and not passed and severity = 'warn'
    order by check_name
  ) as warnings
from ops.partition_runs
where run = $1 and status = 'succeeded'
