-- PostgreSQL. What was decided, as it is on the morning after {day}: what is open, and what has changed since {day} began (UTC).
with since as (
  select {day}::timestamp at time zone 'UTC' as at
),

decision as (
  select 'restock_plan' as kind, plan_id as decision_id, store_id, product_id, planned_at as decided_at, to_jsonb(held) as decision
  from ops.restock_plan as held, since where closed_at is null or closed_at >= since.at
  union all
  select 'supplier_plan', plan_id, warehouse_id, product_id, planned_at, to_jsonb(held)
  from ops.supplier_plan as held, since where closed_at is null or closed_at >= since.at
  union all
  select 'purchase_order', purchase_order_id, location_id, '', created_at, to_jsonb(held) || jsonb_build_object(
    'lines', (select jsonb_agg(to_jsonb(line) order by line_no) from ops.purchase_order_line as line where line.purchase_order_id = held.purchase_order_id)
  )
  from ops.purchase_order as held, since
  where updated_at >= since.at or status not in ('closed', 'denied', 'expired', 'cancelled')
  union all
  select 'transfer', transfer_id, to_location_id, product_id, created_at, to_jsonb(held)
  from ops.transfer_proposal as held, since where closed_at is null or updated_at >= since.at
  union all
  select 'discount', concat_ws('/', discount_date, store_id, product_id, batch_id), store_id, product_id, started_at, to_jsonb(held)
  from ops.discount as held, since where ended_at is null or ended_at >= since.at
  union all
  select 'markdown_plan', concat_ws('/', plan_date, store_id, product_id), store_id, product_id, planned_at, to_jsonb(held)
  from ops.markdown_plan as held, since where planned_at >= since.at or decided_at >= since.at
  union all
  select 'removal', event_id, place_id, product_id, decided_at, to_jsonb(held)
  from ops.removal as held, since where applied_at is null or applied_at >= since.at
  union all
  select 'alert', alert_id::text, store_id, coalesce(product_id, ''), first_seen, to_jsonb(held)
  from ops.alert as held, since where resolved_at is null or resolved_at >= since.at
  union all
  select 'policy', kind || '/' || policy_id, coalesce(place_id, ''), coalesce(product_id, ''), effective_at, to_jsonb(held)
  from ref.policy_now as held
)

select kind, decision_id::text, store_id::text, product_id::text, decided_at, decision::text as decision
from decision
