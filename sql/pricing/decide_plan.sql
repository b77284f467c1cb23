-- Approves or denies the deeper markdown of a day that is not over, if it still waits and the person may decide about it; else no row
-- comes back. $1 store, $2 product, $3 day, $4 approved or denied, $5 who, $6 why.
update ops.markdown_plan as plan
set
  state = $4,
  percent = case when $4 = 'approved' then best_percent else percent end,
  decided_by = $5,
  decided_at = ops.now(),
  decided_reason = $6
where store_id = $1 and product_id = $2 and plan_date = $3 and state = 'proposed'
  and plan_date >= (ops.now() at time zone ops.time_zone_of(store_id))::date
  and exists (
    select from ops.markdown_approver as approver
    where approver.store_id = $1 and approver.product_id = $2 and approver.plan_date = $3 and person = $5
  )
returning store_id
