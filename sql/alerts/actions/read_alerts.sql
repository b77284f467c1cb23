-- Alerts with their evidence and what people did about them. $1 alerts.
select
  alert.alert_id,
  alert.alert_type,
  ops.alert_meaning(alert_rule) as meaning,
  alert.store_id,
  stores.name as store,
  alert.product_id,
  products.name as product,
  alert.severity,
  alert.impact,
  ops.alert_currency(alert) as currency,
  alert.message,
  alert.evidence,
  alert.recommended_quantity,
  alert.members,
  alert.first_seen,
  alert.last_seen,
  alert.status,
  alert.status_by,
  alert.status_why,
  alert.snoozed_until,
  alert.resolved_at,
  coalesce(stores.time_zone, 'UTC') as time_zone,
  coalesce(
    (
      select jsonb_agg(jsonb_build_object('action', action, 'by', acted_by, 'why', why, 'until', until, 'at', acted_at) order by action_id)
      from ops.alert_action where alert_action.alert_id = alert.alert_id
    ),
    '[]'
  ) as actions
from ops.alert
join ops.alert_rule using (alert_type)
left join ref.products using (product_id)
left join ref.stores using (store_id)
where alert_id = any ($1)
order by array_position($1, alert_id)
