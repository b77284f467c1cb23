-- $1 from, $2 to: null for any.
delete from ref.transfer_lane
where from_location_id is not distinct from $1 and to_location_id is not distinct from $2
