-- Not a job: publishes purchase orders on their topic.
create or replace function ops.publish_purchase_order(wanted text) returns void
language sql as $$
  select ops.emit(
    'purchase_orders',
    purchase_order_id,
    jsonb_build_object(
      'purchase_order_id', purchase_order_id,
      'supplier_id', supplier_id,
      'location_id', location_id,
      'review_date', review_date,
      'status', status,
      'revision', revision,
      'currency', currency,
      'total_value', ops.decimal_text(total_value),
      'approval_role', approval_role,
      'approvals_needed', approvals_needed,
      'risks', to_jsonb(risks),
      'expected_on', expected_on,
      'created_at', created_at,
      'updated_at', updated_at,
      'expires_at', expires_at,
      'escalated_at', escalated_at,
      'sent_at', sent_at,
      'lines', (
        select jsonb_agg(jsonb_build_object(
          'line_no', line_no,
          'product_id', product_id,
          'proposed_quantity', ops.decimal_text(proposed_quantity),
          'quantity', ops.decimal_text(quantity),
          'unit_cost', ops.decimal_text(unit_cost),
          'received_quantity', ops.decimal_text(received_quantity),
          'damaged_quantity', ops.decimal_text(damaged_quantity),
          'cancelled_quantity', ops.decimal_text(cancelled_quantity),
          'invoiced_quantity', ops.decimal_text(invoiced_quantity)
        ) order by line_no)
        from ops.purchase_order_line as line
        where line.purchase_order_id = orders.purchase_order_id
      )
    )
  )
  from ops.purchase_order as orders
  where purchase_order_id = wanted
$$;
comment on function ops.publish_purchase_order is 'Publishes the current state of a purchase order.';
