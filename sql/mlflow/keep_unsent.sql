-- An entry was not accepted. $1 entry, $2 why, $3 whether it never will be
update ops.mlflow_outbox set error = $2, refused_at = case when $3 then now() end
where entry = $1
