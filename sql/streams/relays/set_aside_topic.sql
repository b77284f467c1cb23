-- Sets messages for a topic aside without reading them: all when the topic is unknown, else those that are larger than any topic
-- takes. $1 the topic, $2 only those with more bytes, $3 messages at most, $4 the reason, $5 the error.
with refused as (
  delete from ops.outbox
  where topic = $1 and outbox_id in (
    select outbox_id from ops.outbox where topic = $1 and bytes > $2 order by outbox_id limit $3
  )
  returning *
),
again as (
  update ops.unsent_message as unsent
  set status = 'open', attempts = unsent.attempts + 1, last_failed_at = clock_timestamp(), reason = $4, error = $5
  from refused
  where unsent.unsent_id = refused.unsent_id
)
insert into ops.unsent_message (relay, topic, key, payload, emitted_at, bytes, reason, error)
select 'outbox', topic, key, payload, emitted_at, bytes, $4, $5
from refused
where unsent_id is null
order by outbox_id
