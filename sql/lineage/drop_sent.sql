-- The receiver has accepted the events of runs. $1 runs
delete from ops.lineage_outbox where run = any ($1::bigint[])
