-- Not a job: publishes plans on their topics.
create or replace function ops.publish_restock_plan(plan ops.restock_plan) returns void
language sql as $$
  select ops.emit(
    'shelf_restock_plan',
    plan.store_id || '/' || plan.product_id,
    jsonb_build_object(
      'plan_id', plan.plan_id,
      'store_id', plan.store_id,
      'product_id', plan.product_id,
      'warehouse_id', plan.warehouse_id,
      'quantity', ops.decimal_text(plan.quantity),
      'picked_quantity', ops.decimal_text(plan.picked_quantity),
      'status', plan.status,
      'is_short', plan.is_short,
      'planned_at', plan.planned_at,
      'picked_at', plan.picked_at,
      'closed_at', plan.closed_at
    )
  )
$$;
comment on function ops.publish_restock_plan is 'Publishes the state of a restock plan.';

create or replace function ops.publish_supplier_plan(plan ops.supplier_plan) returns void
language sql as $$
  select ops.emit(
    'supplier_plan',
    plan.warehouse_id || '/' || plan.product_id,
    jsonb_build_object(
      'plan_id', plan.plan_id,
      'warehouse_id', plan.warehouse_id,
      'product_id', plan.product_id,
      'quantity', ops.decimal_text(plan.quantity),
      'received_quantity', ops.decimal_text(plan.received_quantity),
      'status', plan.status,
      'planned_at', plan.planned_at,
      'due_at', plan.due_at,
      'closed_at', plan.closed_at
    )
  )
$$;
comment on function ops.publish_supplier_plan is 'Publishes the state of a supplier plan.';
