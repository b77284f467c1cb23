-- An activity of a workflow fails again and again.
-- Reads: ops.activity_retrying.
-- Opens: an activity has failed at least five times and is retried; critical from twenty times on. Sending orders and
-- cancellations to suppliers belongs to `supplier_delay`. It belongs to no store: its place is `*`, and only people who
-- may see all stores see it.
-- Impact: not known: it depends on what waits for the activity.
create or replace function ops.alert_work_retried(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    activity || '/' || workflow_id,
    '*',
    null::text,
    case when attempts >= 20 then 'critical' else 'warning' end,
    null::numeric,
    format('%s for %s has failed %s times: %s', activity, workflow_id, attempts, last_error),
    jsonb_build_object(
      'activity', activity, 'workflow_id', workflow_id, 'attempts', attempts, 'first_failed_at', first_failed_at,
      'last_failed_at', last_failed_at, 'last_error', last_error, 'next_try_at', next_try_at
    ),
    null::numeric,
    is_alerting
  from ops.activity_retrying
  where not (purchase_order_id is not null and activity in ('sendPurchaseOrder', 'withdrawPurchaseOrder'))
$$;
comment on function ops.alert_work_retried is 'An activity of a workflow fails again and again.';
