-- Devices that send by MQTT: their credentials, what is known of their connections, and what lanes and opening hours are.
alter table ref.event_source add column mqtt_filter text
  check (length(mqtt_filter) between 1 and 200 and mqtt_filter ~ '^([^+#]*|\+)(/([^+#]*|\+))*(/#)?$');
comment on column ref.event_source.mqtt_filter is 'MQTT topics whose messages are its events, beside `ingest/v1/SOURCE`, such as `stores/+/scales/#`; null: no others.';
grant select (mqtt_filter) on ref.event_source to shelfline_web;

create table ref.device (
  device_id text collate "C" primary key check (device_id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
  store_id text collate "C" not null check (length(store_id) between 1 and 64),
  source_ids text[] not null check (cardinality(source_ids) between 1 and 16),
  sensor text not null check (sensor in ('shelf', 'door', 'till', 'lane', 'warehouse', 'gateway', 'other')),
  shelf_id text collate "C" check (length(shelf_id) between 1 and 64),
  password_hash bytea not null check (octet_length(password_hash) = 32),
  previous_hash bytea check (octet_length(previous_hash) = 32),
  previous_until timestamptz,
  changed_by text not null,
  updated_at timestamptz not null default now(),
  constraint a_previous_password_ends check ((previous_hash is null) = (previous_until is null))
);
comment on table ref.device is 'Devices that may send by MQTT, and for which sources.';
comment on column ref.device.device_id is 'Its user name.';
comment on column ref.device.store_id is 'The store or warehouse where it is: it sends no events of another one.';
comment on column ref.device.source_ids is 'The sources that it may send for; where a topic belongs to several, the first applies.';
comment on column ref.device.sensor is 'What it measures.';
comment on column ref.device.shelf_id is 'The shelf that it measures.';
comment on column ref.device.password_hash is 'SHA-256 of its password, which has 256 random bits.';
comment on column ref.device.previous_hash is 'That of the password before, which is valid, too, until previous_until.';
comment on column ref.device.previous_until is 'When the previous password ends.';
comment on column ref.device.changed_by is 'Who changed it last.';
comment on column ref.device.updated_at is 'When it was changed last.';

create table state.device (
  device_id text collate "C" primary key,
  store_id text collate "C" not null,
  sensor text not null,
  shelf_id text collate "C",
  status text not null check (status in ('connected', 'alive', 'disconnected', 'lost')),
  session_id text collate "C" not null,
  connected_at timestamptz not null,
  status_at timestamptz not null,
  reason text,
  reported text,
  reported_topic text,
  reported_at timestamptz,
  updated_at timestamptz not null default now()
);
create index device_by_store on state.device (store_id, device_id);
comment on table state.device is 'What is known of each device: its newest connection, and the state that it has reported of itself.';
comment on column state.device.status is 'connected; alive: still connected, every five minutes; disconnected: it has ended its connection, or has set no last will; lost: the connection ended and its last will applied.';
comment on column state.device.session_id is 'Its newest connection.';
comment on column state.device.connected_at is 'When that connection began.';
comment on column state.device.status_at is 'When the status was found.';
comment on column state.device.reason is 'Why the connection ended.';
comment on column state.device.reported is 'What it last sent to devices/DEVICE/…, a text.';
comment on column state.device.reported_topic is 'The rest of that topic.';
comment on column state.device.reported_at is 'When it was sent.';
comment on column state.device.updated_at is 'When the row was last written.';

create table state.lane (
  store_id text collate "C" not null,
  lane_id text collate "C" not null,
  kind text,
  status text not null check (status in ('open', 'closed', 'fault')),
  till_id text collate "C",
  queue_length integer check (queue_length >= 0),
  status_at timestamptz not null,
  updated_at timestamptz not null default now(),
  primary key (store_id, lane_id)
);
comment on table state.lane is 'The lanes of tills: open, closed or with a fault.';
comment on column state.lane.kind is 'staffed or self_checkout; null: not reported.';
comment on column state.lane.till_id is 'The till of the lane; null: not reported.';
comment on column state.lane.queue_length is 'People who wait; null: not counted.';
comment on column state.lane.status_at is 'When it last reported; the newest report applies.';
comment on column state.lane.updated_at is 'When the row was last written.';

create table ref.opening_hours (
  store_id text collate "C" not null,
  open_on date not null,
  opens_at time,
  closes_at time,
  note text,
  is_removed boolean not null,
  recorded_at timestamptz not null,
  updated_at timestamptz not null default now(),
  primary key (store_id, open_on),
  constraint opens_and_closes check ((opens_at is null) = (closes_at is null))
);
comment on table ref.opening_hours is 'When a store is open on a day, where it is known; the newest record applies.';
comment on column ref.opening_hours.open_on is 'The store''s day.';
comment on column ref.opening_hours.opens_at is 'By the clock of the store; null: it is closed all day.';
comment on column ref.opening_hours.closes_at is 'By the clock of the store; one that is not after opens_at is on the next day.';
comment on column ref.opening_hours.note is 'Why the day is unusual.';
comment on column ref.opening_hours.is_removed is 'The hours of the day are no longer known.';
comment on column ref.opening_hours.recorded_at is 'When the record applies from; a newer one replaces it.';
comment on column ref.opening_hours.updated_at is 'When the row was last written.';

do $$
declare
  target text;
begin
  foreach target in array array['state.device', 'state.lane', 'ref.opening_hours'] loop
    execute format('alter table %s enable row level security', target);
    execute format('create policy application on %s to shelfline_app using (true) with check (true)', target);
    execute format(
      'create policy own_stores on %s for select to bi_reader
         using ((select ref.sees_everything()) or store_id in (select ref.visible_store_ids()))', target
    );
    execute format('grant select on %s to bi_reader', target);
  end loop;
end;
$$;

do $$
declare
  event record;
begin
  for event in
    select * from (values
      ('insert', 'referencing new table as new_rows'),
      ('update', 'referencing old table as old_rows new table as new_rows'),
      ('delete', 'referencing old table as old_rows')
    ) as own (verb, rows)
  loop
    execute format(
      'create trigger audit_%1$s after %1$s on ref.device %2$s for each statement execute function ops.audit_changes(%3$L)',
      event.verb, event.rows,
      '{"object": "device", "key": ["device_id"], "by": ["changed_by"], "secret": ["password_hash", "previous_hash"], "ignore": ["updated_at"]}'
    );
  end loop;
end;
$$;

alter table ops.workers drop constraint workers_kind_check;
alter table ops.workers
  add constraint workers_kind_check check (kind in ('stream', 'batch', 'web', 'receive', 'cdc', 'predict', 'files', 'avro', 'mqtt'));
