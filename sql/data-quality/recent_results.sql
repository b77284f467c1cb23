-- Every check of the last 14 days with its newest result and how often it failed on each day, those that fail now first. $1 only those;
-- $2 at most.
with recent as (
  select
    asset, check_name, date, severity, passed, finding, failing_rows, checked_at, run,
    row_number() over (partition by asset, check_name order by checked_at desc, run desc) = 1 as is_newest,
    (current_date - (checked_at at time zone 'UTC')::date) as days_ago
  from ops.check_results
  where checked_at > now() - interval '14 days'
),

daily as (
  select asset, check_name, days_ago, count(*)::integer as runs, count(*) filter (where not passed)::integer as failures
  from recent
  group by asset, check_name, days_ago
)

select
  newest.asset, newest.check_name as "check", newest.date::text as date, newest.severity, newest.passed, newest.finding,
  newest.failing_rows as "failingRows", newest.checked_at as "checkedAt", total.runs, total.failures, total.by_day as "failuresByDay"
from recent as newest
cross join lateral (
  select
    sum(runs)::integer as runs, sum(failures)::integer as failures,
    array(
      select coalesce((select failures from daily where daily.asset = newest.asset and daily.check_name = newest.check_name and days_ago = ago), 0)
      from generate_series(13, 0, -1) as ago
    ) as by_day
  from daily
  where daily.asset = newest.asset and daily.check_name = newest.check_name
) as total
where newest.is_newest and (not $1::boolean or not newest.passed)
order by newest.passed, newest.severity, total.failures desc, newest.asset, newest.check_name
limit $2
