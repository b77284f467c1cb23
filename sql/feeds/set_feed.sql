-- Creates a feed, or changes one that is still as it was read; no row: it was changed meanwhile. $10 when it was changed last (null: it is
-- new), $11 whether its sealed secret stays where no other is given, $12 whether an API continues where it is.
with forgotten as (
  delete from ops.api_position
  where
    not $12
    and feed_id in (select feed_id from ref.file_feed where feed_id = $1 and date_trunc('milliseconds', updated_at) = $10)
)

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
  secret = coalesce(excluded.secret, case when $11 then file_feed.secret end),
  updated_at = now()
where date_trunc('milliseconds', file_feed.updated_at) = $10
