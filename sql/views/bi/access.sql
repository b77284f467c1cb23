create or replace view bi.access with (security_invoker = true) as
select user_name, scope, store_id, region, granted_at at time zone 'UTC' as updated_at
from ref.user_scope;

comment on view bi.access is 'Who may see what, for the roles of Power BI: as far as the login that asks may see it.';
comment on column bi.access.user_name is 'The login; for Power BI the name by which a person signs in there.';
comment on column bi.access.scope is 'store, region or all.';
comment on column bi.access.store_id is 'The store, for scope store.';
comment on column bi.access.region is 'The region, for scope region.';
comment on column bi.access.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
