-- Queues orders that wait for approval, for routes of the approving role and of the receiving location. An order that
-- is escalated is queued again, also for the higher roles. $1 as of, by the business clock; $2 causes at most, the
-- oldest first.
with rank as (
  select role, max(from_value) as rank from ref.approval_tier where role is not null group by role
)
insert into ops.notification_cause (route_id, cause, kind, purchase_order_id, due_at)
select
  route.route_id,
  waiting.cause,
  'approval',
  waiting.purchase_order_id,
  ref.after_quiet_hours($1, route.quiet_from, route.quiet_until, route.time_zone)
from (
  select *, concat_ws('/', 'approval', purchase_order_id, case when escalated_at is null then 'new' else 'escalated' end) as cause
  from ops.purchase_order
  where status = 'awaiting_approval'
) as waiting
join rank as asked on asked.role = waiting.approval_role
join ref.notification_route as route on 'approval' = any (route.kinds)
  and (route.store_ids is null or waiting.location_id = any (route.store_ids))
join rank on rank.role = route.role
where (route.role = asked.role or (waiting.escalated_at is not null and rank.rank > asked.rank))
  and not exists (
    select from ops.notification_cause as known where known.route_id = route.route_id and known.cause = waiting.cause
  )
order by waiting.created_at, waiting.purchase_order_id, route.route_id
limit $2
on conflict do nothing
