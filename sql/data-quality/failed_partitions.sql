-- Partitions whose latest run failed or was lost.
select asset, date, coalesce(error, 'its worker was lost') as error
from ops.partition_ledger
where status = 'failed' or (status = 'running' and lease_until < now())
order by date desc, asset
