-- Worker $1 is alive; $2 is its problem. No row: it has to register again.
update ops.workers
set last_seen_at = clock_timestamp(), problem = $2, stopped_at = null
where worker_id = $1
