-- Who may post events to the receiver, how they sign, and which events their bodies become.
create table ref.event_source (
  source_id text primary key check (source_id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
  topic text not null check (topic <> ''),
  map text check (octet_length(map) <= 65536),
  scheme text not null check (scheme in ('standard-webhooks', 'shopify', 'stripe', 'square', 'hmac')),
  signature_header text check (signature_header ~ '^[a-z0-9-]{1,100}$'),
  notification_url text,
  tolerance_seconds integer not null check (tolerance_seconds between 1 and 86400),
  secret text not null check (length(secret) >= 16),
  previous_secret text,
  previous_until timestamptz,
  body_bytes_max integer not null check (body_bytes_max between 1024 and 33554432),
  body_events_max integer not null check (body_events_max between 1 and 100000),
  depth_max integer not null check (depth_max between 1 and 500),
  events_per_second integer not null check (events_per_second between 1 and 1000000),
  is_strict boolean not null,
  changed_by text not null,
  updated_at timestamptz not null default now(),
  constraint hmac_names_its_header check ((scheme = 'hmac') = (signature_header is not null)),
  constraint square_signs_its_url check ((scheme = 'square') = (notification_url is not null)),
  constraint a_previous_secret_ends check ((previous_secret is null) = (previous_until is null))
);
comment on table ref.event_source is 'Who may post events to the receiver, how they sign, and which events their bodies become.';
comment on column ref.event_source.source_id is 'Its name, the last part of the URL that is posted to.';
comment on column ref.event_source.topic is 'The topic of its events.';
comment on column ref.event_source.map is 'YAML that maps its fields to those of the contract, as `shelfline import` reads it; null: it sends events of the contract.';
comment on column ref.event_source.scheme is 'How its requests are signed.';
comment on column ref.event_source.signature_header is 'For hmac: the header with the signature.';
comment on column ref.event_source.notification_url is 'For square: the URL that is part of what is signed.';
comment on column ref.event_source.tolerance_seconds is 'How far the time stamp of a signature may be away from the clock.';
comment on column ref.event_source.secret is 'What it signs with.';
comment on column ref.event_source.previous_secret is 'Is valid, too, until previous_until: the sender changes to the new one in this time.';
comment on column ref.event_source.previous_until is 'When the previous secret ends.';
comment on column ref.event_source.body_bytes_max is 'Bytes of a body at most, after unpacking.';
comment on column ref.event_source.body_events_max is 'Events of a body at most.';
comment on column ref.event_source.depth_max is 'Objects and arrays inside each other at most.';
comment on column ref.event_source.events_per_second is 'Events a second that one receiver takes from it, on average; twice as many at once.';
comment on column ref.event_source.is_strict is 'A body with a rejected event is rejected as a whole; else the others are accepted.';
comment on column ref.event_source.changed_by is 'Who changed it last.';
comment on column ref.event_source.updated_at is 'When it was changed last.';

alter table ops.workers drop constraint workers_kind_check;
alter table ops.workers add constraint workers_kind_check check (kind in ('stream', 'batch', 'web', 'receive'));
