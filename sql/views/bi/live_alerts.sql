-- What people see of it.
create or replace view bi.live_alerts with (security_invoker = true) as
select
  dim_store.store_key,
  dim_store.store_id,
  dim_store.name as store_name,
  dim_product.product_key,
  dim_product.product_id,
  dim_product.name as product_name,
  alert.alert_id,
  alert.alert_type,
  alert.severity,
  alert.impact,
  alert.message,
  alert.members,
  alert.status,
  alert.status_by,
  alert.status_why,
  alert.first_seen at time zone 'UTC' as first_seen,
  alert.last_seen at time zone 'UTC' as last_seen,
  alert.resolved_at at time zone 'UTC' as resolved_at,
  alert.updated_at at time zone 'UTC' as updated_at
from ops.alert
join analytics.dim_store on dim_store.store_id = alert.store_id and dim_store.is_current
left join analytics.dim_product on dim_product.product_id = alert.product_id and dim_product.is_current;

comment on view bi.live_alerts is 'Alerts of stores: those that are open, and those that were resolved in the last month.';
comment on column bi.live_alerts.store_key is 'Current version of the store.';
comment on column bi.live_alerts.store_id is 'The store, as the sources call it.';
comment on column bi.live_alerts.store_name is 'Its name.';
comment on column bi.live_alerts.product_key is 'Current version of the product; null when it is about the store, or about many products of it.';
comment on column bi.live_alerts.product_id is 'The product, as the sources call it.';
comment on column bi.live_alerts.product_name is 'Its name.';
comment on column bi.live_alerts.alert_id is 'Its number.';
comment on column bi.live_alerts.alert_type is 'The rule that raised it.';
comment on column bi.live_alerts.severity is 'info, warning or critical.';
comment on column bi.live_alerts.impact is 'Cost if no action is taken, in the store''s currency: per day for lost sales, in total for lost goods.';
comment on column bi.live_alerts.message is 'One sentence for a person.';
comment on column bi.live_alerts.members is 'Number of causes in it.';
comment on column bi.live_alerts.status is 'open, acknowledged, snoozed or resolved.';
comment on column bi.live_alerts.status_by is 'Who gave it this status; null: Shelfline itself.';
comment on column bi.live_alerts.status_why is 'Why.';
comment on column bi.live_alerts.first_seen is 'When its cause was first seen, UTC.';
comment on column bi.live_alerts.last_seen is 'When its cause was last seen, UTC.';
comment on column bi.live_alerts.resolved_at is 'When it was resolved, UTC.';
comment on column bi.live_alerts.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
