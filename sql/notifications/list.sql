-- Messages, the newest first. $1 status, $2 route, $3 how its id begins: null for any; $4 at most so many.
select
  notification_id as "notificationId", route_id as route, status, attempts, created_at as "createdAt",
  next_attempt_at as "nextAttemptAt", last_error as "lastError",
  jsonb_build_object('kind', kind, 'content', content) as notice
from ops.notification
where status = coalesce($1, status)
  and route_id = coalesce($2, route_id)
  and ($3::text is null or notification_id::text like $3 || '%')
order by created_at desc, notification_id
limit $4
