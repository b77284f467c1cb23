-- Notifications, the newest first. $1 status, $2 route, $3 the beginning of the id: null for any; $4 at most this many; $5
-- time and $6 id of the last notification of the page before: null for the first page.
select
  notification_id as "notificationId", route_id as route, status, attempts, created_at as "createdAt",
  next_attempt_at as "nextAttemptAt", last_error as "lastError",
  jsonb_build_object('kind', kind, 'content', content) as notice,
  array[created_at::text, notification_id::text] as place
from ops.notification
where status = coalesce($1, status)
  and route_id = coalesce($2, route_id)
  and ($3::text is null or notification_id::text like $3 || '%')
  and ($5::timestamptz is null or (created_at, $6::uuid) < ($5::timestamptz, notification_id))
order by created_at desc, notification_id
limit $4
