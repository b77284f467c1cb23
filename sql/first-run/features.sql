-- What forecasts learn from, of the days from $1 to $2.
select count(*)::integer as days, coalesce(sum(rows), 0)::bigint as rows
from ops.partition_ledger
where asset = 'features/demand' and status = 'succeeded' and date between $1 and $2
