-- An order as its workflow sees it. $1: the order. Times to wait are by the real clock, in milliseconds.
select
  orders.purchase_order_id,
  orders.supplier_id,
  orders.location_id,
  to_char(orders.review_date, 'YYYY-MM-DD') as review_date,
  orders.status,
  orders.revision,
  orders.total_value::text as total_value,
  orders.currency,
  orders.approval_role,
  coalesce(orders.approvals_needed, 0) as approvals_needed,
  orders.approved_revision,
  orders.escalated_at is not null as is_escalated,
  (extract(epoch from waits_since + escalates_after - clock_timestamp()) * 1000)::float8 as escalates_in_ms,
  (extract(epoch from waits_since + expires_after - clock_timestamp()) * 1000)::float8 as expires_in_ms,
  coalesce(decided.approvers, '{}') as approvers,
  decided.approvals,
  coalesce(decided.editors, '{}') as editors,
  coalesce(decided.last_action = 'fail_send', false) as is_send_refused,
  withdrawal_due_at is not null as is_withdrawn
from ops.purchase_order as orders
cross join lateral (
  select
    array_agg(distinct acted_by) filter (where is_approval) as approvers,
    jsonb_agg(
      jsonb_build_object('by', acted_by, 'right', coalesce(detail ->> 'on_behalf_of', acted_by)) order by action_id
    ) filter (where is_approval) as approvals,
    array_agg(distinct acted_by) filter (where action = 'edit') as editors,
    (array_agg(action order by action_id desc))[1] as last_action
  from (
    select
      action.*,
      -- What was approved before the last edit was another order.
      action = 'approve' and action_id > coalesce(max(action_id) filter (where action = 'edit') over (), 0) as is_approval
    from ops.purchase_order_action as action
    where action.purchase_order_id = orders.purchase_order_id
  ) as action
) as decided
where orders.purchase_order_id = $1
