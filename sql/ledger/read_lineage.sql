-- The assets that an asset is made from, and those that are made from it, with their partition of the same day. $1 asset, $2 date
select
  assets.asset, 'upstream' as direction, run, succeeded_at as "succeededAt",
  case when run is null then 'missing' when status = 'running' and lease_until < now() then 'lost' else status end as state
from ops.assets
left join ops.partition_ledger as ledger on ledger.asset = assets.asset and ledger.date = $2
where assets.asset = any (select unnest(upstream) from ops.assets where asset = $1)
union all
select
  assets.asset, 'downstream', run, succeeded_at,
  case when run is null then 'missing' when status = 'running' and lease_until < now() then 'lost' else status end
from ops.assets
left join ops.partition_ledger as ledger on ledger.asset = assets.asset and ledger.date = $2
where $1 = any (assets.upstream)
order by direction desc, asset
