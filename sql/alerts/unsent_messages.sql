-- Messages do not reach Kafka: they were set aside, or sending to their topic fails.
-- Reads: ops.unsent_message, ops.relay_problem, ops.outbox, ops.dead_letters.
-- Opens: `shelfline outbox list` has an open message that Kafka rejected; or sending to a topic has failed for five
-- minutes of real time while messages wait. It belongs to no store: its place is `*`.
-- Impact: not known: picks, transfers, orders and alerts have no effect while their messages wait.
create or replace function ops.alert_unsent_messages(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    concat_ws('/', 'set_aside', relay, topic),
    '*',
    null::text,
    case relay when 'outbox' then 'critical' else 'warning' end,
    null::numeric,
    format('Kafka rejects %s for %s (%s). See: shelfline outbox list',
      case when relay = 'outbox' and count(*) = 1 then '1 message'
        when relay = 'outbox' then count(*) || ' messages'
        when count(*) = 1 then '1 copy of a dead letter'
        else count(*) || ' copies of dead letters' end,
      case relay when 'outbox' then topic else topic || '.dlq' end,
      string_agg(distinct replace(reason, '_', ' '), ', ')),
    jsonb_build_object(
      'relay', relay, 'topic', topic, 'messages', count(*), 'first_failed_at', min(first_failed_at), 'error', max(left(error, 500))
    ),
    null::numeric,
    true
  from ops.unsent_message
  where status = 'open'
  group by relay, topic
  union all
  select
    concat_ws('/', 'failing', relay, topic),
    '*',
    null::text,
    case relay when 'outbox' then 'critical' else 'warning' end,
    null::numeric,
    format('Sending to %s has failed since %s UTC: %s',
      case relay when 'outbox' then topic else topic || '.dlq' end,
      to_char(first_failed_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'), error),
    jsonb_build_object(
      'relay', relay, 'topic', topic, 'attempts', attempts, 'first_failed_at', first_failed_at, 'error', left(error, 500)
    ),
    null::numeric,
    true
  from ops.relay_problem as problem
  where first_failed_at < clock_timestamp() - interval '5 minutes'
    and case relay
      when 'outbox' then exists (select from ops.outbox where outbox.topic = problem.topic)
      else exists (
        select from ops.dead_letters as letter
        where letter.relayed_attempts < letter.attempts and letter.topic collate "C" = problem.topic
      )
    end
$$;
comment on function ops.alert_unsent_messages is 'Messages do not reach Kafka: they were set aside, or sending to their topic fails.';
