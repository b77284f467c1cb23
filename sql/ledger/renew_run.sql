-- Keeps a run's partition; no row: another run has taken over.
-- $1 asset, $2 date, $3 run, $4 seconds of lease
update ops.partition_ledger
set lease_until = now() + make_interval(secs => $4)
where asset = $1 and date = $2 and run = $3 and status = 'running'
returning run
