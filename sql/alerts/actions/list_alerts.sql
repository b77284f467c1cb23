-- Alerts that match, the worst and dearest first, each with its place in that order, and how many match in all.
-- $1 store (also one of those in an alert of its warehouse), $2 rule, $3 severity: null for any; $4 statuses;
-- $5 at most; $6 to $9 the place after which the page begins: nulls for the first.
with matching as materialized (
  select
    alert.*,
    array_position(array['critical', 'warning', 'info'], severity) as severity_place,
    coalesce(-impact, 'infinity') as impact_place
  from ops.alert
  where ($1::text is null or store_id = $1 or evidence -> 'stores' ? $1)
    and alert_type = coalesce($2, alert_type)
    and severity = coalesce($3, severity)
    and status = any ($4)
),
page as materialized (
  select * from matching
  where $6::integer is null
    or (severity_place, impact_place, first_seen, alert_id) > ($6::integer, $7::numeric, $8::timestamptz, $9::bigint)
  order by severity_place, impact_place, first_seen, alert_id
  limit $5
)
select
  alert.alert_id,
  alert.alert_type,
  alert.store_id,
  alert.product_id,
  products.name as product,
  alert.severity,
  alert.impact,
  ops.alert_currency(stored) as currency,
  alert.message,
  alert.members,
  alert.status,
  alert.status_by,
  alert.first_seen,
  alert.last_seen,
  coalesce(stores.time_zone, 'UTC') as time_zone,
  (select count(*) from matching) as total,
  array[severity_place::text, impact_place::text, alert.first_seen::text, alert.alert_id::text] as place
from page as alert
join ops.alert as stored using (alert_id)
left join ref.products on products.product_id = alert.product_id
left join ref.stores on stores.store_id = alert.store_id
order by severity_place, impact_place, alert.first_seen, alert.alert_id
