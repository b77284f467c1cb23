-- Every worker that is known, the newest first.
select
  worker_id as "workerId", kind, host, pid, version, serves, problem, state,
  started_at as "startedAt", last_seen_at as "lastSeenAt", stopped_at as "stoppedAt",
  seconds_since_seen as "secondsSinceSeen"
from ops.worker_states
order by last_seen_at desc, worker_id
