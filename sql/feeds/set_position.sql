-- All before a position of an API is taken. $1 feed, $2 the position, $3 when the feed was changed last, as far as the worker knows.
insert into ops.api_position (feed_id, position)
select feed_id, $2
from ref.file_feed
where feed_id = $1 and date_trunc('milliseconds', updated_at) = $3
on conflict (feed_id) do update set position = excluded.position, updated_at = now()
