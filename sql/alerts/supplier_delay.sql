-- A supplier's delivery is late, short, damaged or missing, or the supplier did not receive an order or its
-- cancellation.
-- Reads: ops.purchase_order, ops.purchase_order_line, ops.purchase_order_action, ops.goods_receipt,
-- ops.activity_retrying, ref.suppliers; for warehouses without purchase orders ops.supplier_plan, ref.shelves,
-- state.sales_rate.
-- Opens: late: the expected day has passed and units are outstanding. Short or damaged: within the last day fewer units
-- were delivered, or damaged ones. Unsent: the supplier has not received the order, and it was approved an hour ago, or
-- sending failed five times, or the supplier refused it. Not_withdrawn: the same for its cancellation; a refused
-- cancellation keeps the alert open for a day. One alert per order and kind. Of a supplier plan: its due day has
-- passed; or the plan before it was closed after a delivery in part (short) or none, and the plan that replaces it has
-- not arrived either. One alert per warehouse and product.
-- Impact: the cost of the missing units; critical from half of the order's value on, or when the order is late by more
-- than the supplier's lead time. Of a plan, whose cost is unknown, the product's revenue per day in the warehouse's
-- stores; critical when nothing of the plan before arrived.
create or replace function ops.alert_supplier_delay(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  with recent as materialized (
    select
      orders.*,
      coalesce(supplier.name, orders.supplier_id) as supplier,
      coalesce(supplier.lead_time_days, 1) as lead_time_days,
      (as_of at time zone ops.time_zone_of(orders.location_id))::date as today
    from ops.purchase_order as orders
    left join ref.suppliers as supplier using (supplier_id)
    where status in ('approved', 'sent', 'acknowledged', 'partly_received')
      or withdrawal_due_at is not null
      or (status in ('received', 'closed', 'cancelled') and orders.updated_at > as_of - interval '1 day')
  ),
  reported as materialized (
    select distinct purchase_order_id from ops.goods_receipt
    where recorded_at > as_of - interval '1 day' and status in ('delivered', 'cancelled')
  ),
  -- The state of sending: of the order while it is approved, of its cancellation while that is due.
  sending as materialized (
    select
      purchase_order_id,
      retrying.attempts,
      retrying.is_alerting,
      coalesce(retrying.last_error, refusal.reason) as reason,
      refusal.action = 'fail_send' as is_refused,
      refusal.action = 'fail_withdraw' and refusal.acted_at > as_of - interval '1 day' as is_withdrawal_refused
    from recent
    left join lateral (
      select attempts, is_alerting, last_error
      from ops.activity_retrying as retrying
      where retrying.purchase_order_id = recent.purchase_order_id
        and activity = case when status = 'approved' then 'sendPurchaseOrder' else 'withdrawPurchaseOrder' end
      order by attempts desc
      limit 1
    ) as retrying on true
    left join lateral (
      select action, acted_at, detail ->> 'reason' as reason
      from ops.purchase_order_action as action
      where action.purchase_order_id = recent.purchase_order_id
      order by action_id desc
      limit 1
    ) as refusal on refusal.action in ('fail_send', 'fail_withdraw')
    where status = 'approved' or withdrawal_due_at is not null or refusal.action = 'fail_withdraw'
  ),
  line as materialized (
    select
      recent.*,
      line.product_id,
      line.quantity,
      line.unit_cost,
      greatest(line.quantity - received_quantity - cancelled_quantity, 0) as outstanding,
      line.cancelled_quantity,
      line.damaged_quantity,
      reported.purchase_order_id is not null as is_reported,
      attempts,
      sending.reason,
      is_alerting,
      is_refused,
      is_withdrawal_refused
    from recent
    join ops.purchase_order_line as line using (purchase_order_id)
    left join reported using (purchase_order_id)
    left join sending using (purchase_order_id)
  ),
  cause as (
    select
      kind, purchase_order_id, location_id, supplier, expected_on, total_value, lead_time_days, today, currency, attempts, reason,
      sum(units) as units,
      sum(units * unit_cost) as impact,
      count(*) as lines
    from line
    cross join lateral (
      values
        ('late', outstanding, status in ('sent', 'acknowledged', 'partly_received') and expected_on < today),
        ('short', cancelled_quantity, is_reported),
        ('damaged', damaged_quantity, is_reported),
        ('unsent', quantity, status = 'approved' and (updated_at < as_of - interval '1 hour' or is_alerting or is_refused)),
        (
          'not_withdrawn', case when status = 'cancelled' then quantity else cancelled_quantity end,
          withdrawal_due_at < as_of - interval '1 hour' or withdrawal_due_at is not null and is_alerting or is_withdrawal_refused
        )
    ) as kind (kind, units, holds)
    where holds and units > 0
    group by
      kind, purchase_order_id, location_id, supplier, expected_on, total_value, lead_time_days, today, currency, attempts, reason
  )
  select
    kind || '/' || purchase_order_id,
    location_id,
    null::text,
    case
      when kind = 'late' and today - expected_on > lead_time_days then 'critical'
      when kind in ('late', 'short') and impact * 2 >= total_value then 'critical'
      when kind in ('unsent', 'not_withdrawn') then 'critical'
      when kind = 'damaged' then 'info'
      else 'warning'
    end,
    impact,
    case kind
      when 'late' then format('%s from %s was expected on %s: %s units of %s products have not arrived',
        purchase_order_id, supplier, expected_on, ops.decimal_text(units), lines)
      when 'short' then format('%s from %s: %s units of %s products are missing from the delivery',
        purchase_order_id, supplier, ops.decimal_text(units), lines)
      when 'damaged' then format('%s from %s: %s units of %s products were damaged',
        purchase_order_id, supplier, ops.decimal_text(units), lines)
      when 'unsent' then format('%s is approved, but %s has not received it', purchase_order_id, supplier)
      else format('%s was cancelled, but %s has not been notified', purchase_order_id, supplier)
    end || case
      when kind not in ('unsent', 'not_withdrawn') or reason is null then ''
      when attempts is null then ': ' || reason
      else format(' after %s attempts: %s', attempts, reason)
    end,
    jsonb_build_object(
      'purchase_order_id', purchase_order_id, 'kind', kind, 'units', ops.decimal_text(units), 'products', lines,
      'expected_on', expected_on, 'currency', currency
    ) || case when kind in ('unsent', 'not_withdrawn')
      then jsonb_strip_nulls(jsonb_build_object('attempts', attempts, 'last_error', reason)) else '{}' end,
    null::numeric,
    true
  from cause
  union all
  select * from ops.overdue_plans(as_of)
$$;
comment on function ops.alert_supplier_delay is
  'A supplier''s delivery is late, short, damaged or missing, or the supplier did not receive an order or its cancellation.';
