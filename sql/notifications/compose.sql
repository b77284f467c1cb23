-- One notification for each route and kind with causes that are due. $1 as of, by the business clock; $2 causes shown
-- at most: of more it contains only their number.
with due as materialized (
  select route_id, cause, kind, alert_id, purchase_order_id
  from ops.notification_cause
  where notification_id is null and dropped_why is null and due_at <= $1
  for update skip locked
),
fact as (
  select
    due.route_id, due.kind,
    row_number() over (
      partition by due.route_id, due.kind
      order by ops.severity_rank(alert.severity) desc, alert.impact desc nulls last, purchase_order.total_value desc, due.cause
    ) as place,
    case due.kind
      when 'approval' then jsonb_build_object(
        'purchase_order_id', due.purchase_order_id,
        'supplier', coalesce(supplier.name, purchase_order.supplier_id),
        'location', coalesce(location.name, purchase_order.location_id),
        'value', purchase_order.total_value::text,
        'currency', purchase_order.currency,
        'lines', (select count(*) from ops.purchase_order_line as line where line.purchase_order_id = due.purchase_order_id),
        'expires_at', purchase_order.expires_at
      )
      else jsonb_build_object(
        'alert_id', alert.alert_id,
        'alert_type', alert.alert_type,
        'severity', alert.severity,
        'store_id', alert.store_id,
        'store', coalesce(store.name, alert.store_id),
        'message', alert.message,
        'impact', alert.impact::text,
        'currency', ops.alert_currency(alert),
        'since', alert.first_seen,
        'time_zone', coalesce(store.time_zone, 'UTC')
      )
    end as fact
  from due
  left join ops.alert on alert.alert_id = due.alert_id
  left join ref.stores as store on store.store_id = alert.store_id
  left join ops.purchase_order on purchase_order.purchase_order_id = due.purchase_order_id
  left join ref.suppliers as supplier on supplier.supplier_id = purchase_order.supplier_id
  left join ref.stores as location on location.store_id = purchase_order.location_id
),
message as materialized (
  select
    gen_random_uuid() as notification_id, route_id, kind,
    jsonb_build_object(
      case kind when 'approval' then 'approvals' else 'alerts' end,
      jsonb_agg(fact order by place) filter (where place <= $2),
      'total', count(*)
    ) as content
  from fact
  group by route_id, kind
),
kept as (
  insert into ops.notification (notification_id, route_id, kind, content)
  select notification_id, route_id, kind, content from message
  returning notification_id
)
update ops.notification_cause as cause
set notification_id = message.notification_id
from due
join message using (route_id, kind)
where (cause.route_id, cause.cause) = (due.route_id, due.cause)
  and message.notification_id in (select notification_id from kept)
