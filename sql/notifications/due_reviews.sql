-- Routes whose review of a week is due and was not made: from Monday at the time of the digest, when the sales of Sunday are
-- built; from Tuesday on without them. $1 as of, by the business clock; $2 routes at most.
select route.route_id as "routeId", route.store_ids as stores, monday::text
from ref.notification_route as route
cross join lateral (select $1::timestamptz at time zone route.time_zone as local) as clock
cross join lateral (select date_trunc('week', local)::date - 7 as monday) as week
where 'review' = any (route.kinds)
  and local >= monday + 7 + route.digest_at
  and local < monday + 10
  and not exists (
    select from ops.notification_cause as known
    where known.route_id = route.route_id and known.cause = 'review/' || monday
  )
  and (
    local >= monday + 8 + route.digest_at
    or exists (
      select from ops.partition_ledger
      where asset = 'fact_sales' and date >= monday + 6 and succeeded_at is not null
    )
  )
order by route.route_id
limit $2
