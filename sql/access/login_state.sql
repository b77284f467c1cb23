-- What a name $1 is: a role of PostgreSQL, one that was made with the comment $2, a person of the web application.
select
  exists (select from pg_roles where rolname = $1) as "exists",
  coalesce((select shobj_description(oid, 'pg_authid') from pg_roles where rolname = $1) = $2, false) as "isMadeHere",
  exists (select from ref.person where person = $1) as "isPerson"
