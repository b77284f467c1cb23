-- The statements that give roles the rights that they should have ($1: role, kind, object, verb) and take back the others. Roles that the
-- server does not have are left out; rights on partitions are none: they are reached by their parent. Row-level security: a policy for all rows
-- of each table on which a process has a right, as the application has.
with wanted as (
  select role, kind, object, verb
  from jsonb_to_recordset($1::jsonb) as given (role text, kind text, object text, verb text)
  where to_regrole(role) is not null
),
roles as (
  select oid, rolname as role from pg_roles where rolname = any ($2::text[])
),
relations as (
  select
    class.oid,
    nspname,
    format('%I.%I', nspname, relname) as object,
    case relkind when 'S' then 'sequence' else 'table' end as kind,
    relacl,
    relrowsecurity
  from pg_class as class
  join pg_namespace as namespace on namespace.oid = relnamespace
  where nspname in ('ref', 'state', 'ops', 'analytics', 'bi') and relkind in ('r', 'p', 'v', 'm', 'S') and not relispartition
),
routines as (
  select
    format('%I.%I', nspname, proname) as object,
    format('%I.%I(%s)', nspname, proname, pg_get_function_identity_arguments(routine.oid)) as signature,
    proacl
  from pg_proc as routine
  join pg_namespace as namespace on namespace.oid = pronamespace
  where nspname in ('ref', 'state', 'ops', 'analytics', 'bi')
),
due as (
  select role, 'schema' as kind, format('%I', object) as object, verb from wanted where kind = 'schema'
  union
  select role, relations.kind, relations.object, verb
  from wanted
  join relations on relations.kind = wanted.kind and wanted.object in (relations.object, nspname || '.*')
  union
  select role, 'function', signature, verb
  from wanted
  join routines using (object)
  where kind = 'function'
),
held as (
  select role, 'schema' as kind, format('%I', nspname) as object, lower(privilege_type) as verb
  from pg_namespace
  cross join aclexplode(nspacl) as acl
  join roles on roles.oid = grantee
  union all
  select role, kind, object, lower(privilege_type)
  from relations
  cross join aclexplode(relacl) as acl
  join roles on roles.oid = grantee
  union all
  select role, 'function', signature, lower(privilege_type)
  from routines
  cross join aclexplode(proacl) as acl
  join roles on roles.oid = grantee
),
readers as (
  select object, string_agg(distinct role, ', ' order by role) as roles
  from due
  join relations using (kind, object)
  where relrowsecurity
  group by object
),
policies as (
  select format('%I.%I', schemaname, tablename) as object, array_to_string(array(select unnest(roles) order by 1), ', ') as roles
  from pg_policies
  where policyname = 'processes'
)
select statement
from (
  select 1 as turn, format('revoke %s on %s %s from %I', verb, kind, object, role) as statement
  from (select * from held except select * from due) as surplus
  union all
  select 2, format('grant %s on %s %s to %I', verb, kind, object, role)
  from (select * from due except select * from held) as missing
  union all
  select 3, format('drop policy processes on %s', object)
  from policies
  where (object, roles) not in (select object, roles from readers)
  union all
  select 4, format('create policy processes on %s to %s using (true) with check (true)', object, roles)
  from readers
  where (object, roles) not in (select object, roles from policies)
) as statements
order by turn, statement;
