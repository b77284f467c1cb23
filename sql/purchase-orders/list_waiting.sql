-- Orders that wait for approval, those that expire first first.
select
  orders.purchase_order_id as "purchaseOrderId",
  supplier_id as "supplierId",
  orders.location_id as "locationId",
  total_value::text as "totalValue",
  currency,
  approval_role as role,
  (
    -- By people and by rights: a delegate acts in the right of the person who named them.
    select least(count(distinct acted_by), count(distinct coalesce(detail ->> 'on_behalf_of', acted_by)))::integer
    from ops.purchase_order_action as action
    where action.purchase_order_id = orders.purchase_order_id and action = 'approve' and action_id > coalesce((
      select max(action_id) from ops.purchase_order_action as edit
      where edit.purchase_order_id = orders.purchase_order_id and edit.action = 'edit'
    ), 0)
  ) as given,
  approvals_needed as needed,
  escalated_at is not null as "isEscalated",
  to_char(expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "expiresAt",
  risks,
  array(
    select distinct person from ops.purchase_order_approver as say
    where say.purchase_order_id = orders.purchase_order_id and may_approve
    order by person limit 20
  ) as "whoMay"
from ops.purchase_order as orders
where status = 'awaiting_approval'
order by expires_at nulls last, orders.purchase_order_id
limit 200
