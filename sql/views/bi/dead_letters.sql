create or replace view bi.dead_letters with (security_invoker = true) as
select
  topic,
  origin,
  reason,
  status,
  (created_at at time zone 'UTC')::date as created_on,
  count(*) as letters,
  max(updated_at) at time zone 'UTC' as updated_at
from ops.dead_letters
group by topic, origin, reason, status, created_on;

comment on view bi.dead_letters is 'Messages set aside, counted, for readers who see everything.';
comment on column bi.dead_letters.topic is 'The Kafka topic.';
comment on column bi.dead_letters.origin is 'contract for a broken contract, else the processor that could not apply it.';
comment on column bi.dead_letters.reason is 'The reason.';
comment on column bi.dead_letters.status is 'open, replayed or discarded.';
comment on column bi.dead_letters.created_on is 'Day on which they were set aside, UTC.';
comment on column bi.dead_letters.letters is 'How many.';
comment on column bi.dead_letters.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
