-- Row-level security: which tables have it, and their policies; `processes` follows from the rights of processes.
select schema, name as object, statement
from (
  select
    nspname as schema,
    format('%I.%I', nspname, relname) as name,
    '' as policy,
    format(
      'alter table %I.%I %s row level security;', nspname, relname, case when relforcerowsecurity then 'force' else 'enable' end
    ) as statement
  from pg_class as class
  join pg_namespace as namespace on namespace.oid = relnamespace
  where relrowsecurity
  union all
  select
    schemaname,
    format('%I.%I', schemaname, tablename),
    policyname,
    format('create policy %I on %I.%I', policyname, schemaname, tablename)
    || case when permissive = 'RESTRICTIVE' then ' as restrictive' else '' end
    || case when cmd <> 'ALL' then ' for ' || lower(cmd) else '' end
    || ' to ' || array_to_string(roles, ', ')
    || coalesce(E'\n  using (' || qual || ')', '')
    || coalesce(E'\n  with check (' || with_check || ')', '')
    || ';'
  from pg_policies
  where policyname <> 'processes'
) as statements
order by name collate "C", policy collate "C";
