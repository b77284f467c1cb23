-- The newest date of each asset that has a partition which can be read, as seconds since 1970.
select asset, extract(epoch from max(date))::float8 as seconds
from ops.partition_ledger
where succeeded_at is not null
group by asset
