-- Worker $1 has ended by itself; $2 is why, unless it was asked to.
update ops.workers
set last_seen_at = clock_timestamp(), stopped_at = clock_timestamp(), problem = $2
where worker_id = $1
