-- Alerts that a person wants to see, the worst and dearest first, and how many match in all.
-- $1 store (also one of those that an alert of its warehouse stands for), $2 rule, $3 severity: null for any; $4 statuses;
-- $5 at most so many.
select
  alert.alert_id,
  alert.alert_type,
  alert.store_id,
  alert.product_id,
  products.name as product,
  alert.severity,
  alert.impact,
  ops.alert_currency(alert) as currency,
  alert.message,
  alert.members,
  alert.status,
  alert.status_by,
  alert.first_seen,
  alert.last_seen,
  coalesce(stores.time_zone, 'UTC') as time_zone,
  count(*) over () as total
from ops.alert
left join ref.products using (product_id)
left join ref.stores using (store_id)
where ($1::text is null or alert.store_id = $1 or alert.evidence -> 'stores' ? $1)
  and alert.alert_type = coalesce($2, alert.alert_type)
  and alert.severity = coalesce($3, alert.severity)
  and alert.status = any ($4)
order by
  array_position(array['critical', 'warning', 'info'], alert.severity), alert.impact desc nulls last, alert.first_seen,
  alert.alert_id
limit $5
