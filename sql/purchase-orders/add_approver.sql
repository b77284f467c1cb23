-- $1: person, $2: role, $3: location or null, $4: delegate or null, $5: until when, $6: who sets it.
insert into ref.approver (person, role, location_id, delegate_to, delegate_until, changed_by)
values ($1, $2, $3, $4, $5, $6)
on conflict (person, role, location_id) do update set
  delegate_to = excluded.delegate_to, delegate_until = excluded.delegate_until, changed_by = excluded.changed_by,
  updated_at = now()
