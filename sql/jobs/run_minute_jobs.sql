-- Not jobs: the functions that run them.
create or replace function ops.job_lock(job text) returns bigint
language sql immutable parallel safe
return hashtextextended('ops.' || job, 0);
comment on function ops.job_lock is 'The advisory lock of a running job.';

create or replace function ops.lock_job(job text) returns void
language sql
return pg_advisory_xact_lock(ops.job_lock(job));
comment on function ops.lock_job is
  'Waits until no other transaction runs the job. The job then reads the result of the run before, and decides nothing twice.';

create or replace function ops.run_minute_job(wanted text, as_of timestamptz, limit_rows integer)
returns table (job text, changed bigint, ms numeric, error text)
language plpgsql
-- A job that waits longer for a row fails and is retried a minute later.
set lock_timeout = '5s' as $$
declare
  started_at constant timestamptz := clock_timestamp();
begin
  job := wanted;
  changed := 0;
  ms := 0;
  if not exists (
    select from ops.minute_job
    where minute_job.job = wanted
      and (last_as_of is null or as_of >= last_as_of + every or as_of < last_as_of or last_error is not null)
  ) or not pg_try_advisory_xact_lock(ops.job_lock(wanted)) then
    return next;
    return;
  end if;
  begin
    execute format('select ops.%I($1, $2)', wanted) into changed using as_of, limit_rows;
  exception when others then
    changed := 0;
    error := left(sqlstate || ' ' || sqlerrm, 1000);
  end;
  ms := round(extract(epoch from clock_timestamp() - started_at) * 1000, 1);
  update ops.minute_job
  set
    last_as_of = as_of,
    last_changed = changed,
    last_ms = ms,
    last_finished_at = case when error is null then clock_timestamp() else last_finished_at end,
    last_error = error,
    last_failed_at = case when error is null then last_failed_at else clock_timestamp() end,
    failures = failures + (error is not null)::integer
  where minute_job.job = wanted;
  return next;
end
$$;
comment on function ops.run_minute_job is
  'Runs one job if it is due and not running, and records the result. A failure is recorded, not raised; the job''s changes are rolled back.';

create or replace function ops.run_minute_jobs(as_of timestamptz, limit_rows integer)
returns table (job text, changed bigint, ms numeric, error text)
language sql as $$
  select run.*
  from (select job from ops.minute_job order by position) as known
  cross join lateral ops.run_minute_job(known.job, as_of, limit_rows) as run
$$;
comment on function ops.run_minute_jobs is
  'Runs every job in order; one row per job. It is one transaction: while processors run, call run_minute_job for each job instead, as the workflow does.';
