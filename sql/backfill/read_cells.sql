-- $1 plan, $2 date or null for all
select
  asset, date, position, reason, cause, ledger_run as "ledgerRun", estimated_rows as "estimatedRows",
  estimated_bytes as "estimatedBytes", estimated_ms as "estimatedMs", status, run, error, finished_at as "finishedAt"
from ops.backfill_cells
where plan = $1 and ($2::date is null or date = $2)
order by date, position
