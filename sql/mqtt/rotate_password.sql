-- Gives a device a new password; the one before stays valid for some hours: a trigger keeps its hash. $1 device, $2 the new hash, $3 hours, $4 who.
update ref.device
set
  password_hash = $2,
  previous_until = case when $3::integer > 0 then now() + $3 * interval '1 hour' end,
  changed_by = $4,
  updated_at = now()
where device_id = $1
