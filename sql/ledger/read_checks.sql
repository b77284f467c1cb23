-- The checks of a run, those that found something first, each with examples of the rows that fail it. $1 run, $2 examples at most
select
  check_name as "check", severity, passed, finding, failing_rows as "failingRows", checked_at as "checkedAt",
  coalesce(
    (
      select jsonb_agg(jsonb_build_object('reason', reason, 'row', failing_row) order by failure)
      from (
        select failure, reason, failing_row
        from ops.check_failures as of_check
        where of_check.run = result.run and of_check.check_name = result.check_name
        order by failure
        limit $2
      ) as example
    ),
    '[]'
  ) as examples
from ops.check_results as result
where run = $1
order by passed, severity, check_name
