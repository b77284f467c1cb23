-- Cells of plan $1 that failed, the newest first, at most $2.
select asset, date::text as date, reason, error
from ops.backfill_cells
where plan = $1 and status = 'failed'
order by finished_at desc nulls last, date, asset
limit $2
