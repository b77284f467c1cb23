-- Takes an order to its next revision. $1: the order, $2: the revision that was seen, $3: its status from now on,
-- $4: the action. No row: another transaction changed it.
update ops.purchase_order as orders
set
  status = $3,
  revision = revision + 1,
  updated_at = ops.now(),
  -- What was approved may have reached the supplier before it, or the rest of it, was cancelled.
  withdrawal_due_at = case
    when $4 = 'cancel' and approved_revision is not null then ops.now()
    when $4 in ('withdraw', 'fail_withdraw') then null
    else withdrawal_due_at
  end,
  expires_at = case when $3 = 'awaiting_approval' then expires_at end,
  -- The supplier knows the order by it: it stays when it was approved before.
  approved_revision = case when $3 = 'approved' and status <> 'approved' then revision + 1 else approved_revision end,
  -- Approved later than it was planned for, it takes its lead time from now.
  expected_on = case
    when $3 = 'approved' and status <> 'approved' then greatest(
      expected_on,
      (ops.now() at time zone ops.time_zone_of(location_id))::date + ceil(coalesce((
        select lead_time_days from ref.suppliers where suppliers.supplier_id = orders.supplier_id
      ), 1))::integer
    )
    else expected_on
  end,
  escalated_at = case when $3 = 'awaiting_approval' then escalated_at end
where purchase_order_id = $1 and revision = $2
