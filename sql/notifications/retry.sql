-- Lets dead messages be sent again. $1 messages.
update ops.notification
set status = 'waiting', attempts = 0, next_attempt_at = now()
where notification_id = any ($1) and status = 'dead'
