-- What is granted on objects as they are made.
with privileges as (
  select
    defaclrole::regrole as maker,
    nspname,
    case defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' else defaclobjtype::text end as objects,
    case when privilege.grantee = 0 then 'public' else privilege.grantee::regrole::text end as grantee,
    lower(privilege.privilege_type) as privilege
  from pg_default_acl
  join pg_namespace as namespace on namespace.oid = defaclnamespace
  cross join aclexplode(defaclacl) as privilege
  where privilege.grantee <> defaclrole
)
select
  nspname as schema,
  nspname as object,
  format(
    'alter default privileges for role %s in schema %I grant %s on %s to %s;',
    maker, nspname, string_agg(privilege, ', ' order by privilege collate "C"), objects, grantee
  ) as statement
from privileges
group by maker, nspname, objects, grantee
order by nspname collate "C", objects collate "C", grantee collate "C";
