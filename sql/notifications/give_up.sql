-- Marks notifications as dead whose last attempt did not end: the sender was stopped each time. $1 attempts at most.
update ops.notification
set
  status = 'dead',
  last_error = concat_ws('; ', last_error, 'no attempt ended: the worker was stopped while sending')
from ref.notification_route as route
where route.route_id = notification.route_id
  and status = 'waiting' and attempts >= $1 and next_attempt_at <= clock_timestamp()
returning route.channel
