-- Creates a source or changes it; its secrets stay as they are.
insert into ref.event_source (
  source_id, topic, map, scheme, signature_header, notification_url, tolerance_seconds, secret, body_bytes_max,
  body_events_max, depth_max, events_per_second, is_strict, changed_by, mqtt_filter
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
on conflict (source_id) do update set
  topic = excluded.topic,
  map = excluded.map,
  scheme = excluded.scheme,
  signature_header = excluded.signature_header,
  notification_url = excluded.notification_url,
  tolerance_seconds = excluded.tolerance_seconds,
  body_bytes_max = excluded.body_bytes_max,
  body_events_max = excluded.body_events_max,
  depth_max = excluded.depth_max,
  events_per_second = excluded.events_per_second,
  is_strict = excluded.is_strict,
  mqtt_filter = excluded.mqtt_filter,
  changed_by = excluded.changed_by,
  updated_at = now()
