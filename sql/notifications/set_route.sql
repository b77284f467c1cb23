-- Creates a route or changes it.
insert into ref.notification_route (
  route_id, channel, address, secret, role, store_ids, kinds, minimum_severity, immediate_from, quiet_from, quiet_until,
  digest_at, time_zone, changed_by
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
on conflict (route_id) do update set
  channel = excluded.channel,
  address = excluded.address,
  secret = excluded.secret,
  role = excluded.role,
  store_ids = excluded.store_ids,
  kinds = excluded.kinds,
  minimum_severity = excluded.minimum_severity,
  immediate_from = excluded.immediate_from,
  quiet_from = excluded.quiet_from,
  quiet_until = excluded.quiet_until,
  digest_at = excluded.digest_at,
  time_zone = excluded.time_zone,
  changed_by = excluded.changed_by,
  updated_at = now()
