-- Topics of dead letters that were not sent to their `.dlq` topic yet. A topic to which the last send failed waits for its time.
with recursive topics as (
  (
    select topic collate "C" as topic from ops.dead_letters
    where relayed_attempts < attempts
    order by topic collate "C" limit 1
  )
  union all
  select (
    select letter.topic collate "C" from ops.dead_letters as letter
    where letter.relayed_attempts < letter.attempts and letter.topic collate "C" > topics.topic
    order by letter.topic collate "C" limit 1
  )
  from topics
  where topics.topic is not null
)
select topic, coalesce(attempts, 0) as failures
from topics
left join (select * from ops.relay_problem where relay = 'dead_letters') as problem using (topic)
where topic is not null and coalesce(next_attempt_at <= clock_timestamp(), true)
