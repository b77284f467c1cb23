-- Sources by name, without what their requests are signed with. $1 only this one (null: all), $2 at most.
select
  source_id as "sourceId", topic, map, scheme, signature_header as "header", notification_url as "url",
  tolerance_seconds as "toleranceSeconds", case when previous_until > now() then previous_until end as "previousUntil",
  body_bytes_max as "bodyBytesMax", body_events_max as "bodyEventsMax", depth_max as "depthMax",
  events_per_second as "eventsPerSecond", mqtt_filter as "mqttFilter", is_strict as "isStrict", changed_by as "changedBy", updated_at as "updatedAt"
from ref.event_source
where source_id = coalesce($1, source_id)
order by source_id
limit $2
