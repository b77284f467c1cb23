-- The server has entries. $1 entries
delete from ops.mlflow_outbox where entry = any ($1::bigint[])
