-- Orders that wait for an approval, for routes that hear of approvals for the place that the goods go to. One that is escalated is
-- told again. $1 as of, by the business clock; $2 causes at most, the oldest first.
insert into ops.notification_cause (route_id, cause, kind, purchase_order_id, due_at)
select
  route.route_id,
  concat_ws('/', 'approval', waiting.purchase_order_id, escalated.times),
  'approval',
  waiting.purchase_order_id,
  ref.after_quiet_hours($1, route.quiet_from, route.quiet_until, route.time_zone)
from ops.purchase_order as waiting
join ref.notification_route as route on 'approval' = any (route.kinds)
  and (route.store_ids is null or waiting.location_id = any (route.store_ids))
cross join lateral (
  select count(*) as times from ops.purchase_order_action as action
  where action.purchase_order_id = waiting.purchase_order_id and action.action = 'escalated'
) as escalated
where waiting.status = 'awaiting_approval'
  and not exists (
    select from ops.notification_cause as known
    where known.route_id = route.route_id
      and known.cause = concat_ws('/', 'approval', waiting.purchase_order_id, escalated.times)
  )
order by waiting.created_at, waiting.purchase_order_id, route.route_id
limit $2
on conflict do nothing
