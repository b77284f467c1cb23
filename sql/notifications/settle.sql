-- The result of an attempt. $1 the notification, $2 sent, waiting or dead, $3 the error, $4 milliseconds until the next
-- attempt.
update ops.notification
set
  status = $2,
  sent_at = case when $2 = 'sent' then clock_timestamp() end,
  last_error = $3,
  next_attempt_at = clock_timestamp() + $4 * interval '1 millisecond'
where notification_id = $1
