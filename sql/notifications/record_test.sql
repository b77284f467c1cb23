-- A test notification, which the caller sends. $1 the route, $2 its text.
insert into ops.notification (route_id, kind, content, attempts, next_attempt_at)
values ($1, 'test', $2, 1, 'infinity')
returning notification_id as "notificationId", created_at as "createdAt"
