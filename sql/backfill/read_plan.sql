-- $1 plan, or null for the newest plans; $2 how many, $3 behind the plan of this name or null
select
  plan.plan, plan.assets, plan.from_date as "from", plan.to_date as "to", plan.forced, plan.failed_only as "failedOnly",
  plan.status, plan.planned_at as "plannedAt", plan.applied_at as "appliedAt", plan.finished_at as "finishedAt",
  count(cell.asset)::bigint as cells,
  (count(*) filter (where cell.status = 'succeeded'))::bigint as succeeded,
  (count(*) filter (where cell.status = 'failed'))::bigint as failed,
  sum(cell.estimated_rows)::bigint as "estimatedRows",
  sum(cell.estimated_bytes)::bigint as "estimatedBytes",
  sum(cell.estimated_ms)::bigint as "estimatedMs",
  (count(*) filter (where cell.estimated_ms is null))::bigint as "cellsWithoutEstimate"
from ops.backfill_plans as plan
left join ops.backfill_cells as cell using (plan)
where ($1::text is null or plan.plan = $1)
  and (
    $3::text is null
    or (plan.planned_at, plan.plan) < (select planned_at, plan from ops.backfill_plans as last where last.plan = $3)
  )
group by plan.plan
order by plan.planned_at desc, plan.plan desc
limit $2
