-- The events of a run were not accepted. $1 run, $2 why, $3 whether they never will be
update ops.lineage_outbox set error = $2, refused_at = case when $3 then now() end
where run = $1
