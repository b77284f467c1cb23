-- A difference between the live state and what the raw lake gives becomes an alert (sql/alerts/state_difference.sql).
insert into ops.alert_rule (alert_type, position, topic, every, resolve_after, group_from, meaning) values
  ('state_difference', 145, 'alerts', '1 minute', '1 minute', null,
    'The live state is not what the raw lake gives: something was lost, doubled or changed by hand.');
