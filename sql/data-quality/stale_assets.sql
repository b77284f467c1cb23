-- Assets whose newest partition is older than the newest complete day that the streams have seen, or that have none.
with newest as (select max(sale_date) - 1 as complete_date from state.sales_day)

select asset.asset, max(ledger.date) filter (where ledger.succeeded_at is not null) as newest_date, complete_date
from ops.assets as asset
cross join newest
left join ops.partition_ledger as ledger using (asset)
where complete_date is not null
group by asset.asset, complete_date
having coalesce(max(ledger.date) filter (where ledger.succeeded_at is not null), '-infinity') < complete_date
order by asset.asset
