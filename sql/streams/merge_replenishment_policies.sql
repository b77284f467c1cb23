-- Takes in versions of replenishment policies; which one holds follows from their instants, so order and copies don't matter.
-- $1: a JSON array of validated replenishment_policies records.
with version as (
  insert into ref.policy (
    kind, policy_id, effective_at, event_id, place_id, category, product_id, changed_by, reason, method, service_target,
    service_measure, review_days, holding_rate_per_year, stock_out_cost_ratio, waste_cost_ratio, ordering_cost,
    budget_per_day, maximum_cover_days
  )
  select
    'replenishment', policy_id, event_at::timestamptz, event_id, location_id, category, product_id, changed_by, reason,
    method, service_target, service_measure, review_days, holding_rate_per_year, stock_out_cost_ratio, waste_cost_ratio,
    ordering_cost, budget_per_day, maximum_cover_days
  from json_to_recordset($1::json) as (
    policy_id text, event_at text, event_id text, location_id text, category text, product_id text, changed_by text,
    reason text, method text, service_target numeric, service_measure text, review_days integer,
    holding_rate_per_year numeric, stock_out_cost_ratio numeric, waste_cost_ratio numeric, ordering_cost numeric,
    budget_per_day numeric, maximum_cover_days integer
  )
  order by policy_id, event_at, event_id
  on conflict do nothing
  returning policy_id
)
select count(*) as new from version
