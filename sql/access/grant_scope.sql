-- Adds what is new of the given scopes: user, then scope, store and region by position.
insert into ref.user_scope (user_name, scope, store_id, region)
select $1, scope, store_id, region
from unnest($2::text[], $3::text[], $4::text[]) as wanted (scope, store_id, region)
on conflict do nothing;
