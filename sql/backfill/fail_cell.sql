-- $1 plan, $2 date, $3 asset, $4 error
update ops.backfill_cells set status = 'failed', error = $4, finished_at = now()
where plan = $1 and date = $2 and asset = $3 and status <> 'succeeded'
