-- Takes a partition out of the ledger, and writes down what it was. No row comes back when another run has taken over.
-- $1 asset, $2 date, $3 run, $4 who, $5 why
with gone as (
  delete from ops.partition_ledger
  where asset = $1 and date = $2 and run = $3 and status = 'running'
  returning run, asset, date, rows, bytes, succeeded_run
)

insert into ops.dropped_partitions (run, asset, date, rows, bytes, succeeded_run, dropped_by, why)
select run, asset, date, rows, bytes, succeeded_run, $4, $5 from gone
returning rows, bytes
