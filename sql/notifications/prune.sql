-- Deletes notifications and causes that were sent or dropped a month ago, and whose cause is resolved. $1 messages or
-- causes at most.
with old as (
  select notification_id from ops.notification
  where status <> 'waiting' and created_at < clock_timestamp() - interval '30 days'
    and not exists (
      select from ops.notification_cause as cause
      join ops.alert using (alert_id)
      where cause.notification_id = notification.notification_id and alert.status <> 'resolved'
    )
  limit $1
),
dropped as (
  select ctid from ops.notification_cause as cause
  where dropped_why is not null and due_at < $2::timestamptz - interval '30 days'
  limit $1
),
forgotten as (
  delete from ops.notification_cause where ctid in (select ctid from dropped)
)
delete from ops.notification where notification_id in (select notification_id from old)
