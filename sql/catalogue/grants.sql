-- What roles other than the owner may do; for a routine the right that everybody has unless it was revoked, too.
with granted as (
  select
    nspname as schema,
    format('schema %I', nspname) as name,
    nspowner as owner,
    coalesce(nspacl, acldefault('n', nspowner)) as acl,
    '' as columns
  from pg_namespace
  where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')
  union all
  select
    nspname,
    format('%s %I.%I', case relkind when 'S' then 'sequence' else 'table' end, nspname, relname),
    relowner,
    coalesce(relacl, acldefault((case relkind when 'S' then 's' else 'r' end)::"char", relowner)),
    ''
  from pg_class as class
  join pg_namespace as namespace on namespace.oid = relnamespace
  where relkind in ('r', 'p', 'v', 'm', 'S') and nspname !~ '^pg_' and nspname not in ('information_schema', 'public')
  union all
  select
    nspname,
    format('table %I.%I', nspname, relname),
    relowner,
    attacl::text::aclitem[],
    format(' (%s)', string_agg(quote_ident(attname), ', ' order by attnum))
  from pg_attribute
  join pg_class as class on class.oid = attrelid
  join pg_namespace as namespace on namespace.oid = relnamespace
  where attacl is not null and nspname !~ '^pg_' and nspname not in ('information_schema', 'public')
  group by nspname, relname, relowner, attacl::text
  union all
  select
    nspname,
    format('function %I.%I(%s)', nspname, proname, pg_get_function_identity_arguments(routine.oid)),
    proowner,
    coalesce(proacl, acldefault('f', proowner)),
    ''
  from pg_proc as routine
  join pg_namespace as namespace on namespace.oid = pronamespace
  where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')
),
lines as (
  select
    schema,
    name,
    case when privilege.grantee = 0 then 'public' else privilege.grantee::regrole::text end as grantee,
    columns,
    string_agg(lower(privilege.privilege_type) || columns, ', ' order by privilege.privilege_type collate "C") as privileges
  from granted
  cross join aclexplode(acl) as privilege
  where privilege.grantee <> owner
  group by schema, name, grantee, columns
)
select schema, name as object, format('grant %s on %s to %s;', privileges, name, grantee) as statement
from lines
order by name collate "C", grantee collate "C", columns collate "C";
