-- The next notification to send, leased to one sender: if it dies, the next one sends it after the lease ends.
-- $1 routes that are being sent to, $2 the lease in milliseconds.
with due as (
  select notification_id from ops.notification
  where status = 'waiting' and next_attempt_at <= clock_timestamp() and route_id <> all ($1::text[])
  order by next_attempt_at
  limit 1
  for update skip locked
)
update ops.notification
set attempts = attempts + 1, next_attempt_at = clock_timestamp() + $2 * interval '1 millisecond'
from due, ref.notification_route as route
where notification.notification_id = due.notification_id and route.route_id = notification.route_id
returning
  notification.notification_id as "notificationId", notification.kind, notification.content, notification.attempts,
  notification.created_at as "createdAt", route.route_id as "routeId", route.channel, route.address, route.secret
