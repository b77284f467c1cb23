-- A plan of a markdown. $1 store, $2 product, $3 day or null for the newest, $4 a person.
select
  plan_date::text as "day",
  store_id as store,
  product_id as product,
  explanation ->> 'productName' as "productName",
  ops.decimal_text(percent) as percent,
  ops.decimal_text(best_percent) as "bestPercent",
  state,
  ops.decimal_text(near_quantity) as "nearUnits",
  last_expires_on::text as "lastExpiresOn",
  planned_at as "plannedAt",
  explanation,
  decided_by as "decidedBy",
  decided_at as "decidedAt",
  decided_reason as "decidedWhy",
  exists (
    select from ops.markdown_approver as approver
    where approver.store_id = plan.store_id and approver.product_id = plan.product_id
      and approver.plan_date = plan.plan_date and approver.person = $4
  ) as "mayDecide"
from ops.markdown_plan as plan
where store_id = $1 and product_id = $2 and ($3::date is null or plan_date = $3)
order by plan_date desc
limit 1
