-- Sends messages again that were set aside. $1 unsent_ids, $2 compacted topics. Of those a record is superseded when a newer one of
-- its key waits in the outbox: sent after it, the old one would bring back an old state.
with chosen as materialized (
  select
    *,
    topic = any ($2::text[]) and exists (
      select from ops.outbox where outbox.topic = unsent.topic and outbox.key = unsent.key
    ) as is_old
  from ops.unsent_message as unsent
  where unsent_id = any ($1::bigint[]) and status = 'open'
  order by unsent_id
  for update
),
queued as (
  insert into ops.outbox (topic, key, payload, emitted_at, unsent_id)
  select topic, key, payload, emitted_at, unsent_id from chosen
  where relay = 'outbox' and not is_old
  order by unsent_id
),
letters as (
  update ops.dead_letters as letter
  set relayed_attempts = letter.attempts - 1
  from chosen
  where letter.letter_id = chosen.letter_id
)
update ops.unsent_message as unsent
set
  status = case when is_old then 'superseded' else 'retrying' end,
  settled_at = case when is_old then clock_timestamp() end
from chosen
where unsent.unsent_id = chosen.unsent_id
returning unsent.unsent_id as id, unsent.status
