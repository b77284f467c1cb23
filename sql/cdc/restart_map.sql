-- Gives a map another group in Kafka, which has read nothing. $1 the map, $2 who.
update ref.cdc_map set generation = gen_random_uuid(), changed_by = $2, updated_at = now() where map_id = $1
