-- Keeps what was found of the messages of a topic ($1) and partition ($2) from a position ($3) up to the one before another ($4): those that
-- are not signed ($5: their positions, $6: why).
with refused as (
  insert into ops.unsigned_message (topic, partition, position, why)
  select $1, $2, position, why from unnest($5::bigint[], $6::text[]) as refused (position, why)
)
update ops.judged_messages set positions = positions + int8multirange(int8range($3, $4))
where topic = $1 and partition = $2
