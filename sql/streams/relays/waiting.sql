-- What waits for Kafka, by relay and topic, and the error of its last failed send, if it failed since the last one that Kafka took.
with waiting as (
  select 'outbox' as relay, topic, count(*) as messages, min(queued_at) as since
  from ops.outbox
  group by topic
  union all
  select 'dead_letters', topic collate "C", count(*), min(updated_at)
  from ops.dead_letters
  where relayed_attempts < attempts
  group by topic collate "C"
)
select
  relay, topic, messages, since, coalesce(attempts, 0) as attempts, first_failed_at as "firstFailedAt",
  last_failed_at as "lastFailedAt", next_attempt_at as "nextAttemptAt", error
from waiting
left join ops.relay_problem using (relay, topic)
order by relay desc, topic
