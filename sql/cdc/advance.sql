-- Notes a slice, before its events are sent. $1 the map, $2 its epoch, $3 the number of the slice, $4 the next offset after it,
-- $5 where the snapshot began that has not ended, $6 messages, $7 events, $8 rejected, $9 when the newest change happened.
-- No row: another worker has the map.
update ops.cdc_stream set
  before_slice = jsonb_build_object(
    'position', position, 'snapshot_from', snapshot_from, 'messages', messages, 'events', events, 'rejected', rejected
  ),
  slice = $3,
  position = $4,
  is_settled = false,
  snapshot_from = $5,
  messages = messages + $6,
  events = events + $7,
  rejected = rejected + $8,
  changed_at = coalesce($9::timestamptz, changed_at),
  problem = null,
  updated_at = now()
where map_id = $1 and epoch = $2 and slice = $3 - 1
returning map_id
