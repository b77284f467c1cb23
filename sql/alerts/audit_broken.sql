-- The audit log was changed by a person who owns the database.
-- Reads: ops.audit_check.
-- Opens: the newest look at the chain of the audit log found an entry that was changed or removed; always critical. It belongs to no
-- store: its place is `*`, and only people who may see all stores see it.
-- Impact: not known.
create or replace function ops.alert_audit_broken(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    'audit',
    '*',
    null::text,
    'critical',
    null::numeric,
    format('The audit log is broken at position %s: %s', broken_at, problem),
    jsonb_build_object('broken_at', broken_at, 'problem', problem, 'checked_at', checked_at),
    null::numeric,
    true
  from (select * from ops.audit_check order by checked_at desc limit 1) as newest
  where broken_at is not null
$$;
comment on function ops.alert_audit_broken is 'The audit log was changed.';
