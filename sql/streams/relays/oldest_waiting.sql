-- How long the oldest message waits, by relay and topic. Letters are taken in the order of their numbers, so that the first is the
-- oldest but for those that failed again.
with recursive outbox_topics as (
  (select topic from ops.outbox order by topic limit 1)
  union all
  select (select outbox.topic from ops.outbox where outbox.topic > outbox_topics.topic order by outbox.topic limit 1)
  from outbox_topics
  where outbox_topics.topic is not null
),
letter_topics as (
  (
    select topic collate "C" as topic from ops.dead_letters
    where relayed_attempts < attempts
    order by topic collate "C" limit 1
  )
  union all
  select (
    select letter.topic collate "C" from ops.dead_letters as letter
    where letter.relayed_attempts < letter.attempts and letter.topic collate "C" > letter_topics.topic
    order by letter.topic collate "C" limit 1
  )
  from letter_topics
  where letter_topics.topic is not null
)
select
  'outbox' as relay, topic, oldest.queued_at as since,
  extract(epoch from clock_timestamp() - oldest.queued_at)::float8 as seconds
from outbox_topics
cross join lateral (
  select queued_at from ops.outbox where outbox.topic = outbox_topics.topic order by outbox_id limit 1
) as oldest
union all
select
  'dead_letters', topic, oldest.updated_at,
  extract(epoch from clock_timestamp() - oldest.updated_at)::float8
from letter_topics
cross join lateral (
  select updated_at from ops.dead_letters as letter
  where letter.relayed_attempts < letter.attempts and letter.topic collate "C" = letter_topics.topic
  order by letter_id limit 1
) as oldest
order by relay, topic
