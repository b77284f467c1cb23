-- A short row a partition, for a grid. $1 assets or null for all, $2 first date, $3 last date
select
  asset, date, run, rows, bytes, duration_ms as "durationMs",
  case when status = 'running' and lease_until < now() then 'lost' else status end as state,
  case when status = 'failed' then error end as error
from ops.partition_ledger
where ($1::text[] is null or asset = any ($1))
  and date between $2 and $3
order by asset, date
