-- Kafka has committed the newest slice. $1 the map, $2 its epoch, $3 the number of the slice.
update ops.cdc_stream set is_settled = true where map_id = $1 and epoch = $2 and slice = $3 and not is_settled
