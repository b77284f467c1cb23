-- Writes plans of markdowns; what a person has decided about the day stays decided. $1: as of, $2: a JSON array of plans.
insert into ops.markdown_plan as held (
  store_id, product_id, plan_date, percent, best_percent, state, near_quantity, last_expires_on, planned_at, explanation
)
select
  store_id, product_id, plan_date, percent, best_percent,
  case when best_percent > percent then 'proposed' else 'automatic' end,
  near_quantity, last_expires_on, $1, explanation
from json_to_recordset($2::json) as (
  store_id text, product_id text, plan_date date, percent numeric, best_percent numeric, near_quantity numeric,
  last_expires_on date, explanation jsonb
)
order by store_id, product_id
on conflict (store_id, product_id, plan_date) do update set
  percent = excluded.percent,
  best_percent = excluded.best_percent,
  state = case
    when excluded.state = 'proposed' then 'proposed'
    when held.state in ('approved', 'denied') then held.state
    else excluded.state
  end,
  decided_by = case when excluded.state <> 'proposed' then held.decided_by end,
  decided_at = case when excluded.state <> 'proposed' then held.decided_at end,
  decided_reason = case when excluded.state <> 'proposed' then held.decided_reason end,
  near_quantity = excluded.near_quantity,
  last_expires_on = excluded.last_expires_on,
  planned_at = excluded.planned_at,
  explanation = excluded.explanation
