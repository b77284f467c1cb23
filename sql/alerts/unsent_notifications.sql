-- Notifications on a route fail: the last one is dead.
-- Reads: ops.notification, ref.notification_route.
-- Opens: since the last notification that was sent on a route, at least one failed on its last attempt or was refused.
-- It belongs to no store: its place is `*`.
-- Impact: not known: the people of this route are not notified of anything.
create or replace function ops.alert_unsent_notifications(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    route.route_id,
    '*',
    null::text,
    'critical',
    null::numeric,
    format('%s by %s failed: %s. See: shelfline notify list --status dead --route %s',
      case dead.messages when 1 then '1 notification' else dead.messages || ' notifications' end,
      route.channel, left(dead.error, 100), route.route_id),
    jsonb_build_object(
      'route', route.route_id, 'channel', route.channel, 'notifications', dead.messages, 'since', dead.since, 'error', dead.error
    ),
    null::numeric,
    true
  from ref.notification_route as route
  cross join lateral (
    select max(next_attempt_at) as at from ops.notification
    where notification.route_id = route.route_id and status = 'sent'
  ) as arrived
  cross join lateral (
    select
      count(*) as messages, min(next_attempt_at) as since,
      (array_agg(left(last_error, 500) order by next_attempt_at desc))[1] as error
    from ops.notification
    where notification.route_id = route.route_id and status = 'dead' and kind <> 'test'
      and (arrived.at is null or next_attempt_at > arrived.at)
  ) as dead
  where dead.messages > 0
$$;
comment on function ops.alert_unsent_notifications is 'Notifications on a route fail: the last one is dead.';
