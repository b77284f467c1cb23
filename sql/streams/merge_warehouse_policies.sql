-- Takes in versions of warehouse policies; which one holds follows from their instants, so order and copies don't matter.
-- $1: a JSON array of validated warehouse_policies records.
with version as (
  insert into ref.policy (
    kind, policy_id, effective_at, event_id, place_id, category, product_id, changed_by, reason, reorder_point, order_up_to,
    lead_time_days, pack_size
  )
  select
    'warehouse', policy_id, event_at::timestamptz, event_id, warehouse_id, category, product_id, changed_by, reason,
    reorder_point, order_up_to, lead_time_days, pack_size
  from json_to_recordset($1::json) as (
    policy_id text, event_at text, event_id text, warehouse_id text, category text, product_id text, changed_by text,
    reason text, reorder_point numeric, order_up_to numeric, lead_time_days numeric, pack_size numeric
  )
  order by policy_id, event_at, event_id
  on conflict do nothing
  returning policy_id
)
select count(*) as new from version
