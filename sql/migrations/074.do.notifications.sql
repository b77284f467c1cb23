-- Notifications: who hears of alerts, approvals and the day, by which channel; and what was sent.

create table ref.notification_route (
  route_id text primary key,
  channel text not null check (channel in ('email', 'teams', 'slack', 'webhook')),
  address text not null check (address <> ''),
  secret text,
  role text not null check (role <> ''),
  store_ids text[] check (cardinality(store_ids) > 0),
  kinds text[] not null check (cardinality(kinds) > 0 and kinds <@ array['alert', 'approval', 'summary']),
  minimum_severity text not null check (minimum_severity in ('info', 'warning', 'critical')),
  immediate_from text not null check (immediate_from in ('info', 'warning', 'critical')),
  quiet_from time,
  quiet_until time,
  digest_at time not null,
  time_zone text not null,
  changed_by text not null,
  updated_at timestamptz not null default now(),
  constraint a_summary_is_of_stores check (not 'summary' = any (kinds) or store_ids is not null),
  constraint a_webhook_is_signed check ((channel = 'webhook') = (secret is not null)),
  constraint quiet_hours_have_two_ends check ((quiet_from is null) = (quiet_until is null) and quiet_from <> quiet_until)
);
comment on table ref.notification_route is 'Who hears of what, by which channel, and when.';
comment on column ref.notification_route.route_id is 'Its name.';
comment on column ref.notification_route.channel is 'email, teams, slack, or webhook: a POST signed by Standard Webhooks.';
comment on column ref.notification_route.address is 'E-mail address, or the URL that is posted to. A Teams or Slack URL lets whoever knows it post: it is never shown whole.';
comment on column ref.notification_route.secret is 'What a webhook is signed with.';
comment on column ref.notification_route.role is 'What the receiver is there for: ref.alert_audience says which alerts concern a role, ref.approval_tier which orders it approves.';
comment on column ref.notification_route.store_ids is 'Only of these stores and warehouses; null: of all.';
comment on column ref.notification_route.kinds is 'alert, approval (purchase orders that wait for one) and summary (each morning, the day before in the store).';
comment on column ref.notification_route.minimum_severity is 'Alerts below it are not told.';
comment on column ref.notification_route.immediate_from is 'Alerts from it on are told at once, those below it in the digest.';
comment on column ref.notification_route.quiet_from is 'From this time of day until quiet_until only what is critical is told.';
comment on column ref.notification_route.digest_at is 'The time of day of digest and summary.';
comment on column ref.notification_route.time_zone is 'IANA zone of these times of day.';

create table ref.alert_audience (
  alert_type text not null,
  role text not null,
  primary key (alert_type, role)
);
comment on table ref.alert_audience is 'Which roles an alert concerns. An alert type without a row concerns data engineers.';
insert into ref.alert_audience (alert_type, role)
select alert_type, role
from (
  values
    (array['stock_out', 'stock_out_risk', 'low_shelf', 'phantom_stock', 'expired_on_shelf', 'near_expiry', 'weight_discrepancy',
           'shrinkage', 'price_mismatch', 'order_overdue', 'till_silent', 'sensor_silent', 'store_missing', 'sales_spike',
           'sales_drop', 'supplier_delay'], 'store_manager'),
    (array['stock_out', 'stock_out_risk', 'sales_spike', 'sales_drop', 'supplier_delay', 'accuracy_drop'], 'planner'),
    (array['supplier_delay', 'stock_out_risk'], 'buyer'),
    (array['till_silent', 'sensor_silent', 'store_missing', 'accuracy_drop', 'feature_drift'], 'data_engineer')
) as audience (alert_types, role)
cross join unnest(alert_types) as alert_type;

create table ops.notification (
  notification_id uuid primary key default gen_random_uuid(),
  route_id text not null references ref.notification_route on delete cascade,
  kind text not null check (kind in ('immediate', 'digest', 'approval', 'summary', 'test')),
  content jsonb not null,
  status text not null default 'waiting' check (status in ('waiting', 'sent', 'dead')),
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  last_error text,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  check ((status = 'sent') = (sent_at is not null))
) with (fillfactor = 70);
comment on table ops.notification is 'Messages to people and systems: those that wait, those that were sent, and those that nobody took.';
comment on column ops.notification.notification_id is 'Sent along, as Message-ID or webhook-id: a receiver that gets it twice can tell.';
comment on column ops.notification.kind is 'immediate and digest tell alerts; approval, summary, test.';
comment on column ops.notification.content is 'What it tells; each channel shows it in its own way.';
comment on column ops.notification.status is 'waiting, sent, or dead: refused for good, or tried too often.';
comment on column ops.notification.next_attempt_at is 'Not before.';
create index notification_waiting on ops.notification (next_attempt_at) where status = 'waiting';
create index notification_created on ops.notification (created_at);

create table ops.notification_cause (
  route_id text not null references ref.notification_route on delete cascade,
  cause text not null,
  kind text not null check (kind in ('immediate', 'digest', 'approval', 'summary')),
  alert_id bigint,
  purchase_order_id text,
  due_at timestamptz not null,
  notification_id uuid references ops.notification on delete cascade,
  dropped_why text,
  primary key (route_id, cause)
);
comment on table ops.notification_cause is 'What a route has heard of, or will: each cause once.';
comment on column ops.notification_cause.cause is 'alert/<number>/<severity>/<times that somebody acted on it>, approval/<order>/<new or escalated>, or summary/<day>.';
comment on column ops.notification_cause.kind is 'The kind of message that tells it.';
comment on column ops.notification_cause.alert_id is 'The alert, when it is about one.';
comment on column ops.notification_cause.purchase_order_id is 'The order, when it is about one.';
comment on column ops.notification_cause.due_at is 'Not before, by the business clock.';
comment on column ops.notification_cause.notification_id is 'The message that tells it; null: not due yet, or dropped.';
comment on column ops.notification_cause.dropped_why is 'Why nobody needs to hear of it any more.';
create index notification_cause_due on ops.notification_cause (due_at) where notification_id is null and dropped_why is null;
create index notification_cause_told on ops.notification_cause (notification_id);

create function ops.severity_rank(severity text) returns integer
  language sql immutable strict
  return array_position(array['info', 'warning', 'critical'], severity);
comment on function ops.severity_rank is '1 for info, 2 for warning, 3 for critical.';

-- The instant itself, or the end of the quiet hours that it lies in.
create function ref.after_quiet_hours(at timestamptz, quiet_from time, quiet_until time, zone text) returns timestamptz
  language sql stable
  return (
    select case
      when quiet_from is null then at
      when quiet_from < quiet_until and (local::time < quiet_from or local::time >= quiet_until) then at
      when quiet_from > quiet_until and local::time < quiet_from and local::time >= quiet_until then at
      else (local::date + case when local::time >= quiet_until then 1 else 0 end + quiet_until) at time zone zone
    end
    from (select at at time zone zone as local) as clock
  );
comment on function ref.after_quiet_hours is 'The instant itself, or the end of the quiet hours that it lies in.';

-- The next time that a clock in the zone shows this time of day.
create function ref.next_time_of_day(at timestamptz, time_of_day time, zone text) returns timestamptz
  language sql stable
  return (
    select (local::date + case when local::time >= time_of_day then 1 else 0 end + time_of_day) at time zone zone
    from (select at at time zone zone as local) as clock
  );
comment on function ref.next_time_of_day is 'The next instant after `at` at which a clock in the zone shows this time of day.';
