-- Rows that are there, and of which no message speaks from an offset on. $1 the map, $2 the offset, $3 at most.
select row_id as "rowId", row_key as "rowKey", image, at_us as "atUs"
from ops.cdc_row
where map_id = $1 and image is not null and seen_at < $2
order by row_id
limit $3
