-- Messages that nobody can read any more, and who said that the processor should continue without them.

create table ops.accepted_losses (
  loss_id bigint generated always as identity primary key,
  processor text not null,
  topic text not null,
  partition integer not null,
  from_offset bigint not null,
  to_offset bigint not null,
  problem text not null,
  accepted_by text not null,
  why text not null,
  accepted_at timestamptz not null default now(),
  constraint a_loss_is_not_empty check (from_offset < to_offset)
);
comment on table ops.accepted_losses is 'Offsets that a processor passed without reading them, because a person accepted that they are lost.';
comment on column ops.accepted_losses.from_offset is 'The first offset that is lost.';
comment on column ops.accepted_losses.to_offset is 'Where the processor continues.';
comment on column ops.accepted_losses.problem is 'Why they could not be read.';
comment on column ops.accepted_losses.accepted_by is 'Who accepted it.';
comment on column ops.accepted_losses.why is 'Why, in their words.';

create index accepted_losses_by_partition on ops.accepted_losses (processor, topic, partition, from_offset);

alter table ops.stream_offsets add column problem_next bigint;
comment on column ops.stream_offsets.problem_next is 'Where the partition continues when what lies there is accepted as lost; null when it is not unreadable.';
