-- Takes in versions of shelf policies; which one holds follows from their instants, so order and copies don't matter.
-- $1: a JSON array of validated shelf_policies records.
with version as (
  insert into ref.policy (
    kind, policy_id, effective_at, event_id, place_id, category, product_id, changed_by, reason, restock_below, restock_to,
    refill_delay_seconds, hold_seconds, visit_seconds, near_expiry_days, markdown_percent, markdown_method,
    markdown_percent_max, markdown_approval_percent, expiry_cost_percent
  )
  select
    'shelf', policy_id, event_at::timestamptz, event_id, store_id, category, product_id, changed_by, reason, restock_below,
    restock_to, refill_delay_seconds, hold_seconds, visit_seconds, near_expiry_days, markdown_percent, markdown_method,
    markdown_percent_max, markdown_approval_percent, expiry_cost_percent
  from json_to_recordset($1::json) as (
    policy_id text, event_at text, event_id text, store_id text, category text, product_id text, changed_by text,
    reason text, restock_below numeric, restock_to numeric, refill_delay_seconds integer, hold_seconds integer,
    visit_seconds integer, near_expiry_days integer, markdown_percent numeric, markdown_method text,
    markdown_percent_max numeric, markdown_approval_percent numeric, expiry_cost_percent numeric
  )
  order by policy_id, event_at, event_id
  on conflict do nothing
  returning policy_id
)
select count(*) as new from version
