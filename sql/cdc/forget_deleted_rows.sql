-- Forgets some rows that were deleted long ago. $1 the map, $2 at most.
delete from ops.cdc_row
where (map_id, row_id) in (
  select map_id, row_id from ops.cdc_row
  where map_id = $1 and image is null and at_us < extract(epoch from now() - interval '7 days') * 1000000
  limit $2
)
