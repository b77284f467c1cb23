-- An attempt whose answer was lost may have recorded the run's checks before: those stay.
-- $1 run, $2 asset, $3 date or null, $4 results: [{check, severity, passed, finding, failingRows, examples}]
with results as (
  select * from jsonb_to_recordset($4::jsonb) as result
    ("check" text, severity text, passed boolean, finding text, "failingRows" bigint, examples jsonb)
),

recorded as (
  insert into ops.check_results (run, check_name, asset, date, severity, passed, finding, failing_rows)
  select $1::bigint, "check", $2::text, $3::date, severity, passed, finding, "failingRows"
  from results
  on conflict (run, check_name) do nothing
  returning check_name
)

insert into ops.check_failures (run, check_name, reason, failing_row)
select $1::bigint, results."check", example.value ->> 'reason', example.value -> 'row'
from results
join recorded on recorded.check_name = results."check"
cross join lateral jsonb_array_elements(coalesce(results.examples, '[]')) as example
