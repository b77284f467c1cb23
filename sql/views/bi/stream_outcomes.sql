create or replace view bi.stream_outcomes with (security_invoker = true) as
select
  processor, topic, partition, position as next_offset, consumed, applied, duplicate, late, dead, lost, problem,
  updated_at at time zone 'UTC' as updated_at
from ops.stream_offsets;

comment on view bi.stream_outcomes is 'What became of every message, per processor and partition, for readers who see everything: applied + duplicate + late + dead = consumed.';
comment on column bi.stream_outcomes.processor is 'The stream processor.';
comment on column bi.stream_outcomes.topic is 'The Kafka topic.';
comment on column bi.stream_outcomes.partition is 'Its partition.';
comment on column bi.stream_outcomes.next_offset is 'The next offset to read.';
comment on column bi.stream_outcomes.consumed is 'Messages read.';
comment on column bi.stream_outcomes.applied is 'Messages that took effect.';
comment on column bi.stream_outcomes.duplicate is 'Copies of events that had been applied.';
comment on column bi.stream_outcomes.late is 'Messages that took effect after their day had been built; the day is rebuilt.';
comment on column bi.stream_outcomes.dead is 'Messages set aside with a reason.';
comment on column bi.stream_outcomes.lost is 'Offsets that Kafka deleted before they were read, after a person accepted the loss.';
comment on column bi.stream_outcomes.problem is 'The reason why the partition is stopped; null if it is running.';
comment on column bi.stream_outcomes.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
