-- Which log of Kafka a stored offset is of. A topic that is deleted and created again has the same name, another id, and
-- offsets that begin at 0 again.

create table ops.topic_logs (
  topic text not null,
  base bigint not null check (base >= 0),
  topic_id uuid not null,
  accepted_by text,
  why text,
  seen_at timestamptz not null default now(),
  primary key (topic, base),
  constraint a_later_log_is_accepted check (base = 0 or (accepted_by is not null and why is not null))
);
comment on table ops.topic_logs is 'The logs of each topic that were read, one after another. A stored offset is Kafka''s own plus the base of its log, so that offsets of a topic never come twice.';
comment on column ops.topic_logs.base is 'What is added to Kafka''s offsets: 0 for the first log; each later log begins above all offsets before it, at a multiple of 10^12.';
comment on column ops.topic_logs.topic_id is 'Kafka''s id of the topic; the same as before when only the end of a log was lost.';
comment on column ops.topic_logs.accepted_by is 'Who let the processors read this log; null for the first.';
comment on column ops.topic_logs.why is 'Why, in their words.';
comment on column ops.topic_logs.seen_at is 'When it was first read, or accepted.';
