-- Dead letters that are done with: sent, or set aside. One that has failed again meanwhile is to be sent again.
-- $1 ids, $2 the attempt of each that was sent, $3 why it was set aside, or null, $4 Kafka's error, or null.
with done as (
  select * from unnest($1::bigint[], $2::integer[], $3::text[], $4::text[]) as done (letter_id, attempt, reason, error)
),
relayed as (
  update ops.dead_letters as letter
  set relayed_attempts = done.attempt
  from done
  where letter.letter_id = done.letter_id
  returning letter.letter_id, letter.topic, coalesce(octet_length(letter.payload), 0) as bytes, done.reason, done.error
),
sent as (
  update ops.unsent_message as unsent
  set status = 'sent', settled_at = clock_timestamp()
  from relayed
  where unsent.letter_id = relayed.letter_id and relayed.reason is null and unsent.settled_at is null
)
insert into ops.unsent_message as unsent (relay, topic, letter_id, bytes, reason, error)
select 'dead_letters', topic, letter_id, bytes, reason, error
from relayed
where reason is not null
on conflict (letter_id) do update set
  status = 'open', attempts = unsent.attempts + 1, last_failed_at = excluded.last_failed_at, settled_at = null,
  settled_by = null, settled_why = null, bytes = excluded.bytes, reason = excluded.reason, error = excluded.error
