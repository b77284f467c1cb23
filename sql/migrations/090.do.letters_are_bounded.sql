-- What is kept of a dead letter is bounded; a letter knows its whole size and where in Kafka it lies. Messages that came
-- back as the letter that they were are noted, so that every message that was refused has its own trace. And a person can
-- have a message skipped.

alter table ops.dead_letters
  add column payload_bytes bigint,
  add column payload_sha256 text,
  add column is_cut boolean not null default false,
  add column read_partition integer,
  add column read_offset bigint;

update ops.dead_letters set
  payload_bytes = length(payload),
  payload_sha256 = encode(sha256(payload), 'hex'),
  read_partition = partition,
  read_offset = "offset";

alter table ops.dead_letters
  alter column read_partition set not null,
  alter column read_offset set not null;

comment on column ops.dead_letters.payload is 'The message, or its beginning where is_cut.';
comment on column ops.dead_letters.payload_bytes is 'Bytes of the whole message; null when it was empty.';
comment on column ops.dead_letters.payload_sha256 is 'SHA-256 of the whole message, hexadecimal.';
comment on column ops.dead_letters.is_cut is 'Whether only the beginning of the payload or of the key is kept; the whole is in Kafka for as long as Kafka keeps it.';
comment on column ops.dead_letters.read_partition is 'Partition of the message that the payload was read from: of the newest replay that failed, else the first message.';
comment on column ops.dead_letters.read_offset is 'Offset of that message.';

create table ops.returned_letters (
  origin text not null,
  topic text not null,
  partition integer not null,
  "offset" bigint not null,
  letter_id bigint not null,
  returned_at timestamptz not null default now(),
  primary key (origin, topic, partition, "offset")
);
comment on table ops.returned_letters is 'Replays that failed again: which message opened which letter again. With ops.dead_letters they are all messages that were refused.';
comment on column ops.returned_letters.origin is 'Who refused it, as in ops.dead_letters.';

create table ops.stream_skips (
  processor text not null,
  topic text not null,
  partition integer not null,
  "offset" bigint not null check ("offset" >= 0),
  why text not null check (why <> ''),
  requested_by text not null,
  requested_at timestamptz not null default now(),
  primary key (processor, topic, partition, "offset")
);
comment on table ops.stream_skips is 'Messages that a person had skipped: the processor makes each a dead letter with the reason `skipped`, without reading it. Rows stay as the record of who did it.';
comment on column ops.stream_skips.why is 'Why it can''t be passed otherwise.';
comment on column ops.stream_skips.requested_by is 'The login on the operating system of who asked.';
