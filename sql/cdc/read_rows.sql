-- What is known of rows. $1 the map, $2 their ids.
select row_id as "rowId", image, at_us as "atUs"
from ops.cdc_row
where map_id = $1 and row_id = any ($2::uuid[])
