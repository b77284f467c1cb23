-- Gives a source a new secret; the one before stays valid for some hours. $1 source, $2 secret, $3 hours, $4 who.
update ref.event_source
set
  secret = $2,
  previous_secret = case when $3::integer > 0 then secret end,
  previous_until = case when $3::integer > 0 then now() + $3 * interval '1 hour' end,
  changed_by = $4,
  updated_at = now()
where source_id = $1
