-- An attempt that failed and is followed by another. $1: the workflow, $2: its run, $3: the activity's number, $4: its name,
-- $5: which attempt it was, $6: why it failed, $7: milliseconds until the next one; null: that one begins now.
-- What was forgotten because its workflow was ended from outside goes after a day.
with forgotten as (
  delete from ops.activity_retry
  where (workflow_id, run_id, activity_id) in (
    select workflow_id, run_id, activity_id from ops.activity_retry
    where next_try_at < clock_timestamp() - interval '1 day'
    order by next_try_at limit 100
    for update skip locked
  )
)
insert into ops.activity_retry as retry (workflow_id, run_id, activity_id, activity, attempts, last_error, next_try_at)
values ($1, $2, $3, $4, $5, left($6, 1000), clock_timestamp() + make_interval(secs => coalesce($7::float8, 0) / 1000))
on conflict (workflow_id, run_id, activity_id) do update set
  attempts = greatest(retry.attempts, excluded.attempts),
  -- The next attempt begins: what is known of the one before stays.
  last_error = case when retry.attempts < excluded.attempts then excluded.last_error else retry.last_error end,
  last_failed_at = case when retry.attempts < excluded.attempts then excluded.last_failed_at else retry.last_failed_at end,
  next_try_at = excluded.next_try_at
