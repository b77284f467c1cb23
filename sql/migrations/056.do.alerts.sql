-- Alerts: what a person should look at, one for each cause. The rules are functions in sql/alerts/, one file each; every
-- minute ops.observe_alerts compares the causes that hold with the alerts that are open.

create table ops.alert_rule (
  alert_type text primary key,
  position integer not null unique,
  topic text not null check (topic in ('alerts', 'restock_alerts')),
  every interval not null default '1 minute',
  resolve_after interval not null,
  group_from integer check (group_from > 1),
  meaning text not null,
  last_as_of timestamptz,
  last_ms numeric,
  last_causes bigint,
  last_error text
);
comment on table ops.alert_rule is 'The rules that raise alerts: what each means, when its alerts go away, and how it went last.';
comment on column ops.alert_rule.alert_type is 'The rule: the function ops.alert_<alert_type>(as_of).';
comment on column ops.alert_rule.topic is 'Where a new alert is told.';
comment on column ops.alert_rule.every is 'How much time passes between two looks, by the business clock.';
comment on column ops.alert_rule.resolve_after is 'An alert whose cause was not seen for so long is resolved.';
comment on column ops.alert_rule.group_from is 'From so many causes in one store on there is one alert for all of them; null: never.';
comment on column ops.alert_rule.meaning is 'What it means, for a person.';
comment on column ops.alert_rule.last_as_of is 'The instant that it was last looked at for.';
comment on column ops.alert_rule.last_ms is 'Milliseconds that it took.';
comment on column ops.alert_rule.last_causes is 'Causes that held then.';
comment on column ops.alert_rule.last_error is 'Why the last look failed; null when it did not.';

insert into ops.alert_rule (alert_type, position, topic, every, resolve_after, group_from, meaning) values
  ('stock_out', 10, 'restock_alerts', '1 minute', '5 minutes', 20, 'A shelf is empty while the store sells.'),
  ('stock_out_risk', 20, 'restock_alerts', '1 minute', '15 minutes', 20, 'A shelf will probably run empty before goods can come.'),
  ('low_shelf', 30, 'restock_alerts', '1 minute', '5 minutes', 20, 'A shelf is nearly empty.'),
  ('phantom_stock', 40, 'alerts', '1 minute', '1 hour', 20, 'A shelf should hold goods, but they do not sell: somebody should count it.'),
  ('expired_on_shelf', 50, 'alerts', '10 minutes', '10 minutes', 20, 'Goods on a shelf are past their date.'),
  ('near_expiry', 60, 'alerts', '10 minutes', '1 hour', 20, 'Goods on a shelf expire soon.'),
  ('weight_discrepancy', 70, 'alerts', '5 minutes', '15 minutes', 20, 'A shelf weighs something else than what should be on it.'),
  ('shrinkage', 80, 'alerts', '10 minutes', '1 hour', 20, 'More was taken without being paid than usual.'),
  ('price_mismatch', 90, 'alerts', '10 minutes', '1 hour', 20, 'A till charges another price than the one that holds.'),
  ('order_overdue', 95, 'alerts', '10 minutes', '10 minutes', 20, 'An online order should be with its customer by now.'),
  ('till_silent', 100, 'alerts', '1 minute', '5 minutes', null, 'People are in the store, but its tills report no sales.'),
  ('sensor_silent', 110, 'alerts', '1 minute', '5 minutes', 5, 'The store sells, but its shelves report no pickups, or its doors no people.'),
  ('store_missing', 120, 'alerts', '1 minute', '5 minutes', null, 'Nothing comes from a store that should be open.'),
  ('sales_spike', 130, 'alerts', '10 minutes', '2 hours', null, 'A store sells far more than usual at this hour of this weekday.'),
  ('sales_drop', 140, 'alerts', '10 minutes', '2 hours', null, 'A store sells far less than usual at this hour of this weekday.');

create table ops.alert (
  alert_id bigint generated always as identity primary key,
  dedup_key text not null,
  alert_type text not null references ops.alert_rule,
  store_id text collate "C" not null,
  product_id text collate "C",
  severity text not null check (severity in ('info', 'warning', 'critical')),
  impact numeric(18, 2),
  message text not null,
  evidence jsonb not null,
  recommended_quantity numeric,
  members integer not null default 1,
  first_seen timestamptz not null,
  last_seen timestamptz not null,
  status text not null default 'open' check (status in ('open', 'acknowledged', 'snoozed', 'resolved')),
  status_by text,
  status_why text,
  snoozed_until timestamptz,
  resolved_at timestamptz,
  updated_at timestamptz not null default now(),
  check ((status = 'resolved') = (resolved_at is not null)),
  check ((status = 'snoozed') = (snoozed_until is not null))
) with (fillfactor = 70);
comment on table ops.alert is 'Alerts; of one cause only one that is not resolved.';
comment on column ops.alert.dedup_key is 'The cause.';
comment on column ops.alert.alert_type is 'The rule that raised it.';
comment on column ops.alert.product_id is 'The product; null when it is about the store, or about many products of it.';
comment on column ops.alert.severity is 'info, warning or critical.';
comment on column ops.alert.impact is 'What it costs if nobody does anything, in the store''s money: per day for what sells, in all for what is lost. Null: nobody knows.';
comment on column ops.alert.message is 'One sentence for a person.';
comment on column ops.alert.evidence is 'The figures that it rests on.';
comment on column ops.alert.recommended_quantity is 'Units to bring.';
comment on column ops.alert.members is 'How many causes it stands for.';
comment on column ops.alert.first_seen is 'When its cause was first seen.';
comment on column ops.alert.last_seen is 'When its cause was last seen.';
comment on column ops.alert.status is 'open; acknowledged: somebody takes care; snoozed: nobody wants to hear of it until snoozed_until; resolved.';
comment on column ops.alert.status_by is 'Who gave it this status; null: Shelfline itself.';
comment on column ops.alert.status_why is 'Why.';
comment on column ops.alert.snoozed_until is 'When a snoozed alert is open again, if its cause still holds.';
comment on column ops.alert.resolved_at is 'When it was resolved.';
create unique index alert_one_a_cause on ops.alert (dedup_key) where status <> 'resolved';
create index alert_unresolved on ops.alert (alert_type, store_id) where status <> 'resolved';
create index alert_resolved on ops.alert (resolved_at) where status = 'resolved';
create index alert_of_store on ops.alert (store_id, last_seen);

create table ops.alert_action (
  action_id bigint generated always as identity primary key,
  alert_id bigint not null references ops.alert on delete cascade,
  action text not null check (action in ('acknowledged', 'snoozed', 'resolved')),
  acted_by text not null,
  why text not null,
  until timestamptz,
  acted_at timestamptz not null
);
comment on table ops.alert_action is 'What people did about alerts, and why. Append-only.';
create index alert_action_alert on ops.alert_action (alert_id);

create table ops.incident (
  incident_id bigint generated always as identity primary key,
  store_id text collate "C",
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  why text not null,
  tagged_by text not null,
  tagged_at timestamptz not null default now(),
  check (starts_at < ends_at)
);
comment on table ops.incident is 'Times that were not as usual (a flood, a strike, a till that was away): no baseline is made from them.';
comment on column ops.incident.store_id is 'The store; null: every store.';
create index incident_time on ops.incident (starts_at, ends_at);

create type ops.alert_cause as (
  cause text,
  store_id text,
  product_id text,
  severity text,
  impact numeric,
  message text,
  evidence jsonb,
  recommended_quantity numeric,
  opens boolean
);
comment on type ops.alert_cause is
  'What a rule finds. cause: what distinguishes it within the rule and the store. opens: whether it is bad enough for a new alert; if not, it only keeps one that is there.';

-- What people see of it.
create view bi.live_alerts with (security_invoker = true) as
select
  dim_store.store_key,
  dim_product.product_key,
  alert.alert_id,
  alert.alert_type,
  alert.severity,
  alert.impact,
  alert.message,
  alert.members,
  alert.status,
  alert.status_by,
  alert.status_why,
  alert.first_seen at time zone 'UTC' as first_seen,
  alert.last_seen at time zone 'UTC' as last_seen,
  alert.resolved_at at time zone 'UTC' as resolved_at,
  alert.updated_at at time zone 'UTC' as updated_at
from ops.alert
join analytics.dim_store on dim_store.store_id = alert.store_id and dim_store.is_current
left join analytics.dim_product on dim_product.product_id = alert.product_id and dim_product.is_current;
comment on view bi.live_alerts is 'Alerts of stores: those that are open, and those that were resolved in the last month.';
comment on column bi.live_alerts.store_key is 'Current version of the store.';
comment on column bi.live_alerts.product_key is 'Current version of the product; null when it is about the store, or about many products of it.';
comment on column bi.live_alerts.alert_id is 'Its number.';
comment on column bi.live_alerts.alert_type is 'The rule that raised it.';
comment on column bi.live_alerts.severity is 'info, warning or critical.';
comment on column bi.live_alerts.impact is 'What it costs if nobody does anything, in the store''s money: per day for what sells, in all for what is lost.';
comment on column bi.live_alerts.message is 'One sentence for a person.';
comment on column bi.live_alerts.members is 'How many causes it stands for.';
comment on column bi.live_alerts.status is 'open, acknowledged, snoozed or resolved.';
comment on column bi.live_alerts.status_by is 'Who gave it this status; null: Shelfline itself.';
comment on column bi.live_alerts.status_why is 'Why.';
comment on column bi.live_alerts.first_seen is 'When its cause was first seen, UTC.';
comment on column bi.live_alerts.last_seen is 'When its cause was last seen, UTC.';
comment on column bi.live_alerts.resolved_at is 'When it was resolved, UTC.';
comment on column bi.live_alerts.updated_at is 'When the row was last written, UTC: the column to detect changes by.';

alter table ops.alert enable row level security;
create policy own_stores on ops.alert for select to bi_reader
  using ((select ref.sees_everything()) or store_id in (select ref.visible_store_ids()));
create policy application on ops.alert to shelfline_app using (true) with check (true);
grant select (
  alert_id, alert_type, store_id, product_id, severity, impact, message, members, status, status_by, status_why, first_seen,
  last_seen, resolved_at, updated_at
) on ops.alert to bi_reader;
