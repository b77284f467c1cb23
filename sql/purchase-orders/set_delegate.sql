-- $1: person, $2: role or null for all, $3: location or null for all, $4: delegate, $5: until when, $6: who sets it.
update ref.approver
set delegate_to = $4, delegate_until = $5, changed_by = $6, updated_at = now()
where person = $1 and ($2::text is null or role = $2) and ($3::text is null or location_id = $3)
