-- What plan $1 has of each asset, in the order in which they are built.
select
  asset, count(*)::integer as cells, count(*) filter (where status = 'succeeded')::integer as succeeded,
  count(*) filter (where status = 'failed')::integer as failed, min(date)::text as "from", max(date)::text as "to",
  sum(estimated_ms)::bigint as "estimatedMs", array_agg(distinct reason order by reason) as reasons
from ops.backfill_cells
where plan = $1
group by asset
order by min(position), asset
