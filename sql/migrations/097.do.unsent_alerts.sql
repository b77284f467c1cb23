-- Messages that do not reach Kafka, and notifications that do not reach anybody, become alerts (sql/alerts/unsent_messages.sql,
-- sql/alerts/unsent_notifications.sql).
insert into ops.alert_rule (alert_type, position, topic, every, resolve_after, group_from, meaning) values
  ('unsent_messages', 146, 'alerts', '1 minute', '1 minute', null, 'Messages do not reach Kafka.'),
  ('unsent_notifications', 147, 'alerts', '1 minute', '1 minute', null, 'Notifications do not reach a route.');

-- Whether the newest notification of a route arrived is asked every minute.
create index notification_of_route on ops.notification (route_id, status, next_attempt_at);
