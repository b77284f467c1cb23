-- Relays send by topic and in bounds of bytes. What Kafka does not take is set aside or tried again where its owner sees it.

-- The function names columns that change; sql/jobs call it by name.
drop function ops.emit;

-- Each topic is read by itself, so that none waits for another. An insert costs what it did: still one index.
alter table ops.outbox drop constraint outbox_pkey;
alter table ops.outbox
  alter column topic type text collate "C",
  add column bytes integer not null generated always as (octet_length(payload::text)) stored,
  add column queued_at timestamptz not null default now(),
  add column unsent_id bigint,
  add primary key (topic, outbox_id);
comment on column ops.outbox.bytes is 'Bytes of the payload: rounds are cut by them before any payload is read.';
comment on column ops.outbox.queued_at is 'When it was written, by the real clock: how long it has waited.';
comment on column ops.outbox.unsent_id is 'The message that was set aside and is sent again; null: it is new.';

create function ops.emit(topic text, key text, payload jsonb) returns void
language sql volatile
begin atomic
  insert into ops.outbox (topic, key, payload) values (emit.topic, emit.key, emit.payload::json);
end;
comment on function ops.emit is 'Sends a message to Kafka if and when this transaction commits.';

drop index ops.dead_letters_to_relay;
create index dead_letters_to_relay on ops.dead_letters (topic collate "C", letter_id) where relayed_attempts < attempts;

create table ops.relay_problem (
  relay text not null check (relay in ('outbox', 'dead_letters')),
  topic text collate "C" not null,
  attempts integer not null default 1,
  first_failed_at timestamptz not null default clock_timestamp(),
  last_failed_at timestamptz not null default clock_timestamp(),
  next_attempt_at timestamptz not null,
  error text not null,
  primary key (relay, topic)
);
comment on table ops.relay_problem is 'Topics to which a relay can''t send at the moment. Their messages wait; other topics do not.';
comment on column ops.relay_problem.relay is 'outbox, or dead_letters: the relay to the `.dlq` topics.';
comment on column ops.relay_problem.topic is 'Name of the topic in the catalogue; for dead_letters the topic that the letters came from.';
comment on column ops.relay_problem.attempts is 'Sends that failed since the last one that Kafka took.';
comment on column ops.relay_problem.next_attempt_at is 'Not before.';
comment on column ops.relay_problem.error is 'Why the last send failed.';

create table ops.unsent_message (
  unsent_id bigint generated always as identity primary key,
  relay text not null check (relay in ('outbox', 'dead_letters')),
  topic text collate "C" not null,
  key text,
  payload json,
  emitted_at timestamptz,
  letter_id bigint,
  bytes bigint not null,
  reason text not null check (reason in ('too_large', 'unknown_topic', 'refused')),
  error text not null,
  status text not null default 'open' check (status in ('open', 'retrying', 'sent', 'superseded', 'discarded')),
  attempts integer not null default 1,
  first_failed_at timestamptz not null default clock_timestamp(),
  last_failed_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz,
  settled_by text,
  settled_why text,
  check ((relay = 'dead_letters') = (letter_id is not null)),
  check ((status in ('sent', 'superseded', 'discarded')) = (settled_at is not null))
);
comment on table ops.unsent_message is
  'Messages that Kafka does not take. They are set aside, so that others do not wait for them, until a person sends them again or discards them.';
comment on column ops.unsent_message.relay is 'outbox, or dead_letters: the relay to the `.dlq` topics.';
comment on column ops.unsent_message.topic is 'Name of the topic in the catalogue; for dead_letters the topic that the letter came from.';
comment on column ops.unsent_message.payload is 'The message; null for a dead letter, which ops.dead_letters keeps.';
comment on column ops.unsent_message.emitted_at is 'The message''s timestamp in Kafka.';
comment on column ops.unsent_message.letter_id is 'The dead letter; null for a message of the outbox.';
comment on column ops.unsent_message.bytes is 'Bytes of the payload.';
comment on column ops.unsent_message.reason is 'too_large; unknown_topic: it is not in the catalogue; refused: Kafka refuses it for another reason.';
comment on column ops.unsent_message.error is 'What Kafka said.';
comment on column ops.unsent_message.status is
  'open; retrying: it is in the outbox again; sent; superseded: a newer record of the same key was sent to a compacted topic; discarded.';
comment on column ops.unsent_message.attempts is 'How often it was sent by itself.';
comment on column ops.unsent_message.settled_at is 'When it was sent, superseded or discarded.';
comment on column ops.unsent_message.settled_by is 'Who discarded it.';
comment on column ops.unsent_message.settled_why is 'Why they discarded it.';
create index unsent_message_unsettled on ops.unsent_message (relay, topic, key) where settled_at is null;
create unique index unsent_message_one_a_letter on ops.unsent_message (letter_id);
create index unsent_message_settled on ops.unsent_message (settled_at) where settled_at is not null;
