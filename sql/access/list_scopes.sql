-- Who may see what, and whether they can log in and read the views at all. $1 a user, null for everybody; $2 at most.
select
  user_name as user,
  scope,
  store_id as store,
  region,
  coalesce(rolcanlogin, false) as is_login,
  rolname is not null and pg_has_role(rolname, 'bi_reader', 'usage') as is_reader
from ref.user_scope
left join pg_roles on rolname = user_name
where user_name = coalesce($1, user_name)
order by user_name, scope, region, store_id
limit $2;
