-- Creates a feed or changes it.
insert into ref.file_feed (feed_id, place, topic, map, rejects_max, bytes_max, changed_by, api, secret)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (feed_id) do update set
  place = excluded.place,
  topic = excluded.topic,
  map = excluded.map,
  rejects_max = excluded.rejects_max,
  bytes_max = excluded.bytes_max,
  changed_by = excluded.changed_by,
  api = excluded.api,
  secret = coalesce(excluded.secret, file_feed.secret),
  updated_at = now()
