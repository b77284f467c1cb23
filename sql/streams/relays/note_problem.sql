-- A send to a topic failed. $1 the relay, $2 the topic, $3 the error, $4 milliseconds until the next attempt.
insert into ops.relay_problem as problem (relay, topic, error, next_attempt_at)
values ($1, $2, $3, clock_timestamp() + $4 * interval '1 millisecond')
on conflict (relay, topic) do update set
  attempts = problem.attempts + 1,
  last_failed_at = excluded.last_failed_at,
  next_attempt_at = excluded.next_attempt_at,
  error = excluded.error
