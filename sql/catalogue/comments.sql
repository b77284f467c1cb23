-- Comments on schemas, tables, views, columns and functions.
select schema, name as object, statement
from (
  select 0 as kind, nspname as schema, nspname as name, 0 as position, format('comment on schema %I is %L;', nspname, description) as statement
  from pg_namespace as namespace
  join pg_description on objoid = namespace.oid and classoid = 'pg_namespace'::regclass
  where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')
  union all
  select
    1,
    nspname,
    format('%I.%I', nspname, relname),
    objsubid,
    case
      when objsubid = 0 then format(
        'comment on %s %I.%I is %L;', case relkind when 'v' then 'view' else 'table' end, nspname, relname, description
      )
      else format('comment on column %I.%I.%I is %L;', nspname, relname, attname, description)
    end
  from pg_class as class
  join pg_namespace as namespace on namespace.oid = relnamespace
  join pg_description on objoid = class.oid and classoid = 'pg_class'::regclass
  left join pg_attribute on attrelid = class.oid and attnum = objsubid and objsubid > 0
  where relkind in ('r', 'p', 'v', 'm') and nspname !~ '^pg_' and nspname not in ('information_schema', 'public')
  union all
  select
    2,
    nspname,
    format('%I.%I', nspname, proname),
    0,
    format(
      'comment on function %I.%I(%s) is %L;', nspname, proname, pg_get_function_identity_arguments(routine.oid), description
    )
  from pg_proc as routine
  join pg_namespace as namespace on namespace.oid = pronamespace
  join pg_description on objoid = routine.oid and classoid = 'pg_proc'::regclass
  where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')
) as statements
order by kind, name collate "C", position, statement collate "C";
