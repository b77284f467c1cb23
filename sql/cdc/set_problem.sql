-- Notes why a map does not continue, or that it does. $1 the map, $2 its epoch, $3 the problem or null.
update ops.cdc_stream set problem = $3, updated_at = now()
where map_id = $1 and epoch = $2 and problem is distinct from $3
