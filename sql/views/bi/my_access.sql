create or replace view bi.my_access with (security_invoker = true) as
select user_name, scope, store_id, region, granted_at at time zone 'UTC' as updated_at
from ref.user_scope
where user_name = session_user;

comment on view bi.my_access is 'What the login that asks may see; empty for one that sees nothing.';
comment on column bi.my_access.user_name is 'The login.';
comment on column bi.my_access.scope is 'store, region or all.';
comment on column bi.my_access.store_id is 'The store, for scope store.';
comment on column bi.my_access.region is 'The region, for scope region.';
comment on column bi.my_access.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
