-- Creates a map or changes it.
insert into ref.cdc_map (map_id, change_topic, topic, map, changed_by) values ($1, $2, $3, $4, $5)
on conflict (map_id) do update set
  change_topic = excluded.change_topic, topic = excluded.topic, map = excluded.map, changed_by = excluded.changed_by, updated_at = now()
