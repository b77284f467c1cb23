-- Takes the newest slice back, which Kafka has not committed. $1 the map, $2 its epoch, $3 the number of the slice.
with mine as (
  update ops.cdc_stream set
    slice = slice - 1,
    position = (before_slice ->> 'position')::bigint,
    snapshot_from = (before_slice ->> 'snapshot_from')::bigint,
    messages = (before_slice ->> 'messages')::bigint,
    events = (before_slice ->> 'events')::bigint,
    rejected = (before_slice ->> 'rejected')::bigint,
    is_settled = true,
    before_slice = null
  where map_id = $1 and epoch = $2 and slice = $3
  returning map_id
),

forgotten as (
  delete from ops.cdc_row using mine
  where cdc_row.map_id = mine.map_id and slice = $3 and before_at_us is null
)

update ops.cdc_row set
  image = before_image, at_us = before_at_us, before_image = null, slice = $3 - 1
from mine
where cdc_row.map_id = mine.map_id and slice = $3 and before_at_us is not null
