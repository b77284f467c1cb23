-- An order with its lines and what was done to it, as one JSON document. $1 order, $2 lines at most, $3 actions at most.
select jsonb_build_object(
  'purchaseOrderId', purchase_order_id,
  'supplierId', supplier_id,
  'supplierName', (select name from ref.suppliers where suppliers.supplier_id = orders.supplier_id),
  'locationId', location_id,
  'reviewDate', review_date,
  'status', status,
  'revision', revision,
  'currency', currency,
  'totalValue', ops.decimal_text(total_value),
  'expectedOn', expected_on,
  'expiresAt', expires_at,
  'approvalRole', approval_role,
  'approvalsNeeded', approvals_needed,
  'risks', to_jsonb(risks),
  'createdAt', created_at,
  'updatedAt', updated_at,
  -- Of an order that is approved, and of a cancellation that its supplier has to be notified of, or whose notice they refused.
  'sending', (
    select jsonb_build_object(
      'what', case when orders.status = 'approved' then 'order' else 'cancellation' end,
      'state', case
        when refusal.action is not null then 'refused'
        when retrying.attempts is not null then 'retried'
        else 'due'
      end,
      'attempts', retrying.attempts,
      'lastError', coalesce(refusal.reason, retrying.last_error),
      'lastTriedAt', coalesce(refusal.acted_at, retrying.last_failed_at),
      'nextTryAt', case when refusal.action is null then retrying.next_try_at end
    )
    from (values (true)) as one
    left join lateral (
      select attempts, last_error, last_failed_at, next_try_at
      from ops.activity_retrying as retrying
      where retrying.purchase_order_id = $1
        and activity = case when orders.status = 'approved' then 'sendPurchaseOrder' else 'withdrawPurchaseOrder' end
      order by attempts desc
      limit 1
    ) as retrying on true
    left join lateral (
      select newest.action, newest.acted_at, newest.detail ->> 'reason' as reason
      from (
        select * from ops.purchase_order_action as own where own.purchase_order_id = $1 order by action_id desc limit 1
      ) as newest
      where newest.action in ('fail_send', 'fail_withdraw')
    ) as refusal on true
    where orders.status = 'approved' or orders.withdrawal_due_at is not null or refusal.action = 'fail_withdraw'
  ),
  'retries', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'activity', activity, 'attempts', attempts, 'lastError', last_error, 'lastTriedAt', last_failed_at,
      'nextTryAt', next_try_at
    ) order by first_failed_at), '[]')
    from ops.activity_retrying as retrying
    where retrying.purchase_order_id = $1
  ),
  'lineCount', (select count(*) from ops.purchase_order_line as line where line.purchase_order_id = $1),
  'lines', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'lineNo', line_no,
      'productId', product_id,
      'productName', explanation ->> 'product_name',
      'proposedQuantity', ops.decimal_text(proposed_quantity),
      'quantity', ops.decimal_text(quantity),
      'unitCost', ops.decimal_text(unit_cost),
      'value', ops.decimal_text(quantity * unit_cost),
      'receivedQuantity', ops.decimal_text(received_quantity),
      'damagedQuantity', ops.decimal_text(damaged_quantity),
      'cancelledQuantity', ops.decimal_text(cancelled_quantity),
      'bindingConstraint', explanation ->> 'bindingConstraint'
    ) order by line_no), '[]')
    from (select * from ops.purchase_order_line as own where own.purchase_order_id = $1 order by line_no limit $2) as line
  ),
  'actions', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'at', acted_at, 'by', acted_by, 'action', action, 'lineNo', line_no, 'reasonCode', reason_code, 'reason', reason,
      'detail', detail
    ) order by action_id), '[]')
    from (
      select * from ops.purchase_order_action as own where own.purchase_order_id = $1 order by action_id desc limit $3
    ) as action
  )
) as document
from ops.purchase_order as orders
where purchase_order_id = $1
