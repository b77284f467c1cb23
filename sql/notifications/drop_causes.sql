-- Drops causes that are not due yet and no longer hold. $1 causes at most.
with passed as (
  select cause.route_id, cause.cause, coalesce(alert.status, purchase_order.status, 'gone') as status
  from ops.notification_cause as cause
  left join ops.alert using (alert_id)
  left join ops.purchase_order using (purchase_order_id)
  where cause.notification_id is null and cause.dropped_why is null and cause.kind not in ('summary', 'review')
    and alert.status is distinct from 'open'
    and purchase_order.status is distinct from 'awaiting_approval'
  limit $1
  for update of cause skip locked
)
update ops.notification_cause as cause
set dropped_why = passed.status
from passed
where (cause.route_id, cause.cause) = (passed.route_id, passed.cause)
