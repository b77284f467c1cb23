-- Keeps messages as dead letters. A replayed message that fails again is the letter that it was: it opens again and its
-- attempts are one more than the replay said, whoever of several processors sees it and however often.
with message as (
  select *
  from unnest(
    $1::text[], $2::text[], $3::integer[], $4::bigint[], $5::bytea[], $6::bytea[], $7::jsonb[],
    $8::text[], $9::text[], $10::timestamptz[], $11::bigint[], $12::integer[]
  ) as message (
    origin, topic, partition, "offset", key, payload, headers, reason, error, known_at, replay_of, replayed_attempts
  )
),
returned as (
  update ops.dead_letters as letter set
    status = 'open',
    attempts = message.replayed_attempts + 1,
    payload = message.payload,
    reason = message.reason,
    error = message.error,
    updated_at = now()
  from message
  where letter.letter_id = message.replay_of
    and letter.topic = message.topic
    and letter.attempts <= message.replayed_attempts
)
insert into ops.dead_letters (origin, topic, partition, "offset", key, payload, headers, reason, error, known_at)
select origin, topic, partition, "offset", key, payload, headers, reason, error, known_at
from message
where not exists (
  select from ops.dead_letters as letter
  where letter.letter_id = message.replay_of and letter.topic = message.topic
)
order by origin, topic, partition, "offset"
on conflict (origin, topic, partition, "offset") do nothing
