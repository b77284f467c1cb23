-- Feeds by name. $1 only this one (null: all), $2 at most.
select
  feed_id as "feedId", place, api, topic, map, rejects_max as "rejectsMax", bytes_max as "bytesMax", changed_by as "changedBy",
  updated_at as "updatedAt"
from ref.file_feed
where feed_id = coalesce($1, feed_id)
order by feed_id
limit $2
