-- Routes by name. $1 one of them; null: all. $2 at most.
select
  route_id as route, channel, address, secret, role, store_ids as stores, kinds, minimum_severity as "minimumSeverity",
  immediate_from as "immediateFrom", to_char(quiet_from, 'HH24:MI') as "quietFrom", to_char(quiet_until, 'HH24:MI') as "quietUntil",
  to_char(digest_at, 'HH24:MI') as "digestAt", time_zone as "timeZone", changed_by as "changedBy"
from ref.notification_route
where route_id = coalesce($1, route_id)
order by route_id
limit $2
