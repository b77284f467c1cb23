-- Keeps messages of the outbox that Kafka does not take. One that was set aside before is open again. Their rows in the outbox are
-- deleted by the same transaction. $1 the topic, $2 ids, $3 why: too_large, unknown_topic or refused, $4 Kafka's error, in the
-- order of the ids.
with refused as (
  select outbox.*, answer.reason, answer.error
  from unnest($2::bigint[], $3::text[], $4::text[]) as answer (outbox_id, reason, error)
  join ops.outbox on outbox.topic = $1 and outbox.outbox_id = answer.outbox_id
),
again as (
  update ops.unsent_message as unsent
  set status = 'open', attempts = unsent.attempts + 1, last_failed_at = clock_timestamp(),
    reason = refused.reason, error = refused.error
  from refused
  where unsent.unsent_id = refused.unsent_id
)
insert into ops.unsent_message (relay, topic, key, payload, emitted_at, bytes, reason, error)
select 'outbox', topic, key, payload, emitted_at, bytes, reason, error
from refused
where unsent_id is null
order by outbox_id
