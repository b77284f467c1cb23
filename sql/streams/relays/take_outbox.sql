-- The oldest messages for a topic. $1 the topic, $2 messages at most, $3 bytes at most in all, $4 in one: the first one comes if it
-- has no more than that. Nothing comes when it has more.
with oldest as (
  select
    outbox_id,
    row_number() over in_order as place,
    sum(bytes + octet_length(key) + 100) over in_order as bytes_so_far
  from (select outbox_id, bytes, key from ops.outbox where topic = $1 order by outbox_id limit $2) as next
  window in_order as (order by outbox_id)
)
select outbox_id as id, key, payload::text, emitted_at as "emittedAt", unsent_id as "unsentId", bytes
from ops.outbox
where topic = $1 and bytes <= $4
  and outbox_id in (select outbox_id from oldest where place = 1 or bytes_so_far <= $3)
order by outbox_id
