-- Rows as a slice leaves them. $1 the map, $2 the number of the slice, then an array of each: $3 ids, $4 keys, $5 images, $6 when
-- they changed, $7 offsets of the last messages about them.
insert into ops.cdc_row as known (map_id, slice, row_id, row_key, image, at_us, seen_at)
select $1, $2, row_id, row_key, image, at_us, seen_at
from unnest($3::uuid[], $4::text[], $5::jsonb[], $6::bigint[], $7::bigint[]) as given (row_id, row_key, image, at_us, seen_at)
order by row_id
on conflict (map_id, row_id) do update set
  before_image = known.image,
  before_at_us = known.at_us,
  slice = excluded.slice,
  image = excluded.image,
  at_us = excluded.at_us,
  seen_at = excluded.seen_at
