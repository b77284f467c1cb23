-- The live state differs from the raw lake: an event was lost or counted twice, or a row was changed by hand.
-- Reads: ops.check_results, ops.check_failures.
-- Opens: the newest state check (daily, by the workflow `stateCheck`) found rows that differ. It belongs to no store:
-- its place is `*`, and only people who may see all stores see it.
-- Impact: not known: until the reason is found, no figure of the rows that differ can be trusted.
create or replace function ops.alert_state_difference(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    '',
    '*',
    null::text,
    'critical',
    null::numeric,
    finding,
    jsonb_build_object('checked_at', checked_at, 'rows', failing_rows, 'examples', (
      select coalesce(jsonb_agg(failing_row order by failure), '[]')
      from (
        select failure, failing_row from ops.check_failures
        where check_failures.run = newest.run and check_failures.check_name = newest.check_name
        order by failure limit 10
      ) as example
    )),
    null::numeric,
    true
  from (
    select run, check_name, finding, failing_rows, checked_at, passed
    from ops.check_results
    where asset = 'data_quality' and date is null and check_name = 'state_equals_recompute'
    order by run desc
    limit 1
  ) as newest
  where not passed
$$;
comment on function ops.alert_state_difference is
  'The live state differs from the raw lake: an event was lost or counted twice, or a row was changed by hand.';
