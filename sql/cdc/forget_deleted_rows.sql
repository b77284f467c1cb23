-- Forgets some rows that were deleted long ago, when no slice can be undone that has written one. $1 the map, $2 its epoch, $3 at most.
delete from ops.cdc_row
where (map_id, row_id) in (
  select map_id, row_id
  from ops.cdc_row
  join ops.cdc_stream as stream using (map_id)
  where
    map_id = $1 and stream.epoch = $2 and stream.is_settled
    and image is null and at_us < extract(epoch from now() - interval '7 days') * 1000000
  limit $3
)
