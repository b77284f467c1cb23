-- All before a position of an API is taken; no row: it was moved meanwhile, or the feed was changed. $1 feed, $2 the position, $3 when the
-- feed was changed last, as far as the worker knows, $4 the position that it has read (null: there was none).
with feed as (
  select feed_id
  from ref.file_feed
  where feed_id = $1 and date_trunc('milliseconds', updated_at) = $3
),

moved as (
  update ops.api_position
  set position = $2, updated_at = now()
  where feed_id in (select feed_id from feed) and position = $4
  returning feed_id
),

begun as (
  insert into ops.api_position (feed_id, position)
  select feed_id, $2
  from feed
  where $4::jsonb is null
  on conflict (feed_id) do nothing
  returning feed_id
)

select feed_id from moved
union all
select feed_id from begun
