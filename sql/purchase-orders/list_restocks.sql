-- Restock plans of stores, those that wait first and the newest first, as one page. $1 store, $2 status: null for those that are not
-- over, and those that ended in the last day; $3 at most; $4 the place after which the page begins (rank, instant, plan): null for the
-- first.
with plan as materialized (
  select
    own.*,
    case own.status when 'open' then 1 when 'picked' then 2 else 3 end as rank,
    -extract(epoch from own.planned_at) as newest
  from ops.restock_plan as own
  where ($1::text is null or store_id = $1)
    and case when $2::text is null then closed_at is null or closed_at > (select ops.now()) - interval '1 day' else status = $2 end
)
select
  plan.plan_id as "planId",
  plan.store_id as "storeId",
  coalesce(stores.name, plan.store_id) as "storeName",
  coalesce(stores.time_zone, 'UTC') as "timeZone",
  plan.product_id as "productId",
  coalesce(products.name, plan.product_id) as "productName",
  plan.warehouse_id as "warehouseId",
  ops.decimal_text(plan.quantity) as quantity,
  ops.decimal_text(plan.picked_quantity) as picked,
  ops.decimal_text(plan.available) as available,
  ops.decimal_text(plan.capacity) as capacity,
  plan.status,
  plan.is_short as "isShort",
  plan.planned_at as "plannedAt",
  (select min(refill_due_at) from ops.restock_pick as pick where pick.plan_id = plan.plan_id and refilled_at is null) as "dueAt",
  (select count(*) from plan)::integer as total,
  array[rank::text, newest::text, plan_id] as place
from plan
left join ref.stores on stores.store_id = plan.store_id
left join ref.products on products.product_id = plan.product_id
where $4::text[] is null or (rank, newest, plan_id) > ($4[1]::integer, $4[2]::numeric, $4[3])
order by rank, newest, plan_id
limit $3
