-- Where each processor stands in each partition, and what became of every message it read.

create table ops.stream_offsets (
  processor text not null,
  topic text not null,
  partition integer not null,
  position bigint not null,
  consumed bigint not null default 0,
  applied bigint not null default 0,
  duplicate bigint not null default 0,
  late bigint not null default 0,
  dead bigint not null default 0,
  lost bigint not null default 0,
  problem text,
  updated_at timestamptz not null default now(),
  primary key (processor, topic, partition),
  constraint every_message_has_one_outcome check (applied + duplicate + late + dead = consumed)
) with (fillfactor = 20);
comment on table ops.stream_offsets is
  'The next offset that a processor will read from a partition, and the outcomes of all it has read. It is advanced by compare-and-swap in the transaction that holds the effects.';
comment on column ops.stream_offsets.position is 'The next offset to read. Offsets have gaps: it is not a count of messages.';
comment on column ops.stream_offsets.late is 'Applied, but the day was already materialised: its partitions must be rebuilt.';
comment on column ops.stream_offsets.lost is 'Offsets that Kafka deleted before they were read, after a person accepted the loss.';
comment on column ops.stream_offsets.problem is 'Why the partition stands still until a person decides; null when it does not.';

create table ops.stream_controls (
  processor text primary key,
  paused boolean not null,
  changed_at timestamptz not null default now()
);
comment on table ops.stream_controls is 'What `shelfline streams pause` and `resume` asked for; running workers follow within a second or two.';
