-- Functions as PostgreSQL prints them.
select
  nspname as schema, format('%I.%I', nspname, proname) as object,
  rtrim(pg_get_functiondef(routine.oid), E'\n') || E'\n;' as statement
from pg_proc as routine
join pg_namespace as namespace on namespace.oid = pronamespace
where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')
order by nspname collate "C", proname collate "C", pg_get_function_identity_arguments(routine.oid) collate "C";
