-- Queues open alerts for routes of their roles and stores, once. An alert that became worse, or whose snooze ended, is
-- queued again.
-- $1 as of, by the business clock; $2 causes at most, the worst first.
insert into ops.notification_cause (route_id, cause, kind, alert_id, due_at)
select
  route.route_id,
  concat_ws('/', 'alert', alert.alert_id, alert.severity, acted.times),
  told.kind,
  alert.alert_id,
  case
    when alert.severity = 'critical' and told.kind = 'immediate' then $1
    when told.kind = 'immediate' then ref.after_quiet_hours($1, route.quiet_from, route.quiet_until, route.time_zone)
    else ref.next_time_of_day($1, route.digest_at, route.time_zone)
  end
from ref.notification_route as route
join ops.alert on alert.status = 'open'
  and ops.severity_rank(alert.severity) >= ops.severity_rank(route.minimum_severity)
  and (
    route.store_ids is null or alert.store_id = any (route.store_ids)
    -- Of an alert of a warehouse: its stores that are out of stock.
    or alert.evidence -> 'stores' ?| route.store_ids
  )
cross join lateral (
  select case
    when ops.severity_rank(alert.severity) >= ops.severity_rank(route.immediate_from) then 'immediate' else 'digest'
  end as kind
) as told
cross join lateral (select count(*) as times from ops.alert_action where alert_action.alert_id = alert.alert_id) as acted
where 'alert' = any (route.kinds)
  and (
    exists (
      select from ref.alert_audience as audience
      where audience.alert_type = alert.alert_type and audience.role = route.role
    )
    or (
      route.role = 'data_engineer'
      and not exists (select from ref.alert_audience as audience where audience.alert_type = alert.alert_type)
    )
  )
  and not exists (
    select from ops.notification_cause as known
    where known.route_id = route.route_id
      and known.cause in (
        select concat_ws('/', 'alert', alert.alert_id, severity, acted.times)
        from unnest(array['info', 'warning', 'critical']) as severity
        where ops.severity_rank(severity) >= ops.severity_rank(alert.severity)
      )
  )
order by ops.severity_rank(alert.severity) desc, alert.alert_id, route.route_id
limit $2
on conflict do nothing
