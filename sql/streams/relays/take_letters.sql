-- The oldest dead letters of a topic that were not sent to its `.dlq` topic yet. $1 the topic, $2 letters at most, $3 bytes at most:
-- the first one comes whatever it has.
with oldest as (
  select
    letter_id,
    row_number() over in_order as place,
    sum(bytes) over in_order as bytes_so_far
  from (
    select letter_id, coalesce(octet_length(payload), 0) + coalesce(octet_length(key), 0) + octet_length(error) + 500 as bytes
    from ops.dead_letters
    where relayed_attempts < attempts and topic collate "C" = $1
    order by letter_id limit $2
  ) as next
  window in_order as (order by letter_id)
)
select
  letter_id as id, origin, topic, partition, "offset", key, payload, reason, left(error, $4) as error, attempts,
  is_cut as "isCut", payload_bytes as "payloadBytes", payload_sha256 as "payloadSha256"
from ops.dead_letters
where letter_id in (select letter_id from oldest where place = 1 or bytes_so_far <= $3)
order by letter_id
