-- Topics that messages of the outbox wait for. $1 false: those that can be sent to, as far as is known; true: those to which the
-- last send failed, when their time has come.
with recursive topics as (
  (select topic from ops.outbox order by topic limit 1)
  union all
  select (select outbox.topic from ops.outbox where outbox.topic > topics.topic order by outbox.topic limit 1)
  from topics
  where topics.topic is not null
)
select
  topic,
  coalesce(attempts, 0) as failures,
  exists (
    select from ops.unsent_message as unsent
    where unsent.relay = 'outbox' and unsent.topic = topics.topic and unsent.settled_at is null
  ) as "hasUnsent"
from topics
left join (select * from ops.relay_problem where relay = 'outbox') as problem using (topic)
where topic is not null
  and (problem.topic is not null) = $1
  and coalesce(next_attempt_at <= clock_timestamp(), true)
