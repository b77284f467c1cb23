-- Worker $1 has ended by itself.
update ops.workers
set last_seen_at = clock_timestamp(), stopped_at = clock_timestamp(), problem = null
where worker_id = $1
