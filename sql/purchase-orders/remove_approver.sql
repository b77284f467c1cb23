-- $1: person, $2: role or null for all, $3: location or null for all.
delete from ref.approver
where person = $1 and ($2::text is null or role = $2) and ($3::text is null or location_id = $3)
