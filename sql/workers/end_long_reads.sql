select login, why from ops.end_long_reads($1, $2)
