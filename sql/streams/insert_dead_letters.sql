-- Keeps messages as dead letters. A replayed message that fails again is the letter that it was: it opens again and its
-- attempts are one more than in the replay, whichever processor sees it and however often. One message at most
-- is the return of a letter: any other that bears its number, whichever client wrote that, is a letter of its own.
-- The letters that the messages name are locked by the caller, so that this sees what others have made of them.
with message as (
  select *
  from unnest(
    $1::text[], $2::text[], $3::integer[], $4::bigint[], $5::bytea[], $6::bytea[], $7::bigint[], $8::text[], $9::boolean[],
    $10::jsonb[], $11::text[], $12::text[], $13::timestamptz[], $14::bigint[], $15::integer[]
  ) as message (
    origin, topic, partition, "offset", key, payload, payload_bytes, payload_sha256, is_cut, headers, reason, error,
    known_at, replay_of, replayed_attempts
  )
),
fresh as (
  select *
  from message
  where replay_of is null or not exists (
    select from ops.returned_letters as known
    where (known.origin, known.topic, known.partition, known."offset")
      = (message.origin, message.topic, message.partition, message."offset")
  )
),
-- A letter that is still open is its own copy at most: a replay that broke off after it had sent.
returning_message as (
  select distinct on (letter_id) letter_id, fresh.*
  from fresh
  join ops.dead_letters as letter on letter.letter_id = fresh.replay_of and letter.topic = fresh.topic
  where letter.origin in ('contract', fresh.origin)
    and letter.attempts = fresh.replayed_attempts
    and (letter.status = 'replayed' or letter.status = 'open' and letter.payload_sha256 = fresh.payload_sha256)
  order by letter_id, fresh.partition, fresh."offset"
),
returned as (
  update ops.dead_letters as letter set
    status = 'open',
    attempts = letter.attempts + 1,
    key = message.key,
    payload = message.payload,
    payload_bytes = message.payload_bytes,
    payload_sha256 = message.payload_sha256,
    is_cut = message.is_cut,
    read_partition = message.partition,
    read_offset = message."offset",
    reason = message.reason,
    error = message.error,
    updated_at = now()
  from returning_message as message
  where letter.letter_id = message.letter_id
),
-- What another processor's letter brought back, and this origin has a letter of already: no second one is needed.
known_copy as (
  select distinct on (fresh.origin, fresh.partition, fresh."offset")
    fresh.origin, fresh.topic, fresh.partition, fresh."offset", own.letter_id
  from fresh
  join ops.dead_letters as letter on letter.letter_id = fresh.replay_of and letter.topic = fresh.topic
  join ops.dead_letters as own
    on (own.origin, own.topic, own.partition, own."offset")
      = (fresh.origin, letter.topic, letter.partition, letter."offset")
    and own.payload_sha256 = fresh.payload_sha256
  where not exists (
    select from returning_message as message
    where (message.origin, message.topic, message.partition, message."offset")
      = (fresh.origin, fresh.topic, fresh.partition, fresh."offset")
  )
  order by fresh.origin, fresh.partition, fresh."offset"
),
noted as (
  insert into ops.returned_letters (origin, topic, partition, "offset", letter_id)
  select origin, topic, partition, "offset", letter_id from returning_message
  union all
  select origin, topic, partition, "offset", letter_id from known_copy
)
insert into ops.dead_letters (
  origin, topic, partition, "offset", key, payload, payload_bytes, payload_sha256, is_cut, headers, reason, error,
  known_at, read_partition, read_offset
)
select
  origin, topic, partition, "offset", key, payload, payload_bytes, payload_sha256, is_cut, headers, reason, error,
  known_at, partition, "offset"
from fresh
where not exists (
  select from returning_message as message
  where (message.origin, message.topic, message.partition, message."offset")
    = (fresh.origin, fresh.topic, fresh.partition, fresh."offset")
)
and not exists (
  select from known_copy as message
  where (message.origin, message.topic, message.partition, message."offset")
    = (fresh.origin, fresh.topic, fresh.partition, fresh."offset")
)
order by origin, topic, partition, "offset"
on conflict (origin, topic, partition, "offset") do nothing
