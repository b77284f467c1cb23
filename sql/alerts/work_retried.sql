-- A step of a workflow fails again and again.
-- Reads: ops.activity_retrying.
-- Opens and holds: an activity has failed five times or more and is tried again; critical from twenty. Sending orders and
-- cancellations to suppliers is `supplier_delay`'s. It is about no store: its place is `*`, and who may see all stores sees it.
-- Impact: not known: it depends on what waits for it.
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
comment on function ops.alert_work_retried is 'A step of a workflow fails again and again.';
