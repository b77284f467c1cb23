-- A review to send, once for a route and week. $1 the route, $2 Monday, $3 as of, $4 the review.
with cause as (
  insert into ops.notification_cause (route_id, cause, kind, due_at, notification_id)
  values ($1, 'review/' || $2::date, 'review', $3, gen_random_uuid())
  on conflict do nothing
  returning route_id, notification_id
)
insert into ops.notification (notification_id, route_id, kind, content)
select notification_id, route_id, 'review', $4 from cause
