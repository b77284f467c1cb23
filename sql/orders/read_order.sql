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
  coalesce(decided.editors, '{}') as editors,
  coalesce(decided.last_action = 'fail_send', false) as is_send_refused,
  -- What was approved may have reached the supplier before it, or the rest of it, was cancelled.
  approved_revision is not null and coalesce(decided.is_cancelled and not decided.is_told, false) as is_withdrawn
from ops.purchase_order as orders
cross join lateral (
  select
    -- What was approved before the last edit was another order.
    array_agg(distinct acted_by) filter (
      where action = 'approve' and action_id > coalesce((
        select max(action_id) from ops.purchase_order_action as edit
        where edit.purchase_order_id = orders.purchase_order_id and edit.action = 'edit'
      ), 0)
    ) as approvers,
    array_agg(distinct acted_by) filter (where action = 'edit') as editors,
    (array_agg(action order by action_id desc))[1] as last_action,
    bool_or(action = 'cancel') as is_cancelled,
    bool_or(action in ('withdraw', 'fail_withdraw')) as is_told
  from ops.purchase_order_action as action
  where action.purchase_order_id = orders.purchase_order_id
) as decided
where orders.purchase_order_id = $1
