-- Messages that could not be applied, whole, until a person replays or discards them.

create table ops.dead_letters (
  letter_id bigint generated always as identity primary key,
  origin text not null,
  topic text not null,
  partition integer not null,
  "offset" bigint not null,
  key bytea,
  payload bytea,
  headers jsonb not null default '{}',
  reason text not null,
  error text not null,
  known_at timestamptz not null,
  status text not null default 'open' check (status in ('open', 'replayed', 'discarded')),
  attempts integer not null default 1 check (attempts > 0),
  relayed_attempts integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (origin, topic, partition, "offset")
);
comment on table ops.dead_letters is 'Every message that broke its contract or that the database refused, with the reason.';
comment on column ops.dead_letters.origin is '`contract` for a broken contract, whoever saw it first; else the processor that could not apply it.';
comment on column ops.dead_letters.known_at is 'When the message reached Kafka.';
comment on column ops.dead_letters.attempts is 'How often it failed: once, and once more for each replay that came back.';
comment on column ops.dead_letters.relayed_attempts is 'The attempt that was last sent to the dead letter topic; behind `attempts` while one is to be sent.';

create index dead_letters_to_relay on ops.dead_letters (letter_id) where relayed_attempts < attempts;
create index dead_letters_open on ops.dead_letters (topic, reason, created_at) where status = 'open';
