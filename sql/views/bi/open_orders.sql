create or replace view bi.open_orders with (security_invoker = true) as
select
  order_date,
  purchase_order_id,
  line_no,
  dim_supplier.supplier_key,
  dim_supplier.name as supplier_name,
  dim_store.store_key,
  dim_store.store_id,
  dim_store.name as store_name,
  dim_product.product_key,
  dim_product.product_id,
  dim_product.name as product_name,
  status,
  proposed_quantity,
  ordered_quantity,
  received_quantity,
  greatest(ordered_quantity - received_quantity - cancelled_quantity, 0) as outstanding_quantity,
  greatest(ordered_quantity - received_quantity - cancelled_quantity, 0) * line.unit_cost as outstanding_amount,
  expected_date,
  sent_at at time zone 'UTC' as sent_at,
  line.updated_at at time zone 'UTC' as updated_at
from analytics.fact_purchase_order as line
join analytics.dim_supplier using (supplier_key)
join analytics.dim_store using (store_key)
join analytics.dim_product using (product_key)
where status in ('draft', 'awaiting_approval', 'approved', 'sent', 'acknowledged', 'partly_received');

comment on view bi.open_orders is 'Lines of orders that are not over: what is to come, or waits for approval.';
comment on column bi.open_orders.order_date is 'The day of the order.';
comment on column bi.open_orders.purchase_order_id is 'The order.';
comment on column bi.open_orders.line_no is 'Its line.';
comment on column bi.open_orders.supplier_key is 'The supplier.';
comment on column bi.open_orders.supplier_name is 'Its name.';
comment on column bi.open_orders.store_key is 'Version of the store or warehouse, at the order.';
comment on column bi.open_orders.store_id is 'The store or warehouse, as the sources call it.';
comment on column bi.open_orders.store_name is 'Its name.';
comment on column bi.open_orders.product_key is 'Version of the product, at the order.';
comment on column bi.open_orders.product_id is 'The product, as the sources call it.';
comment on column bi.open_orders.product_name is 'Its name.';
comment on column bi.open_orders.status is 'Where the order is in its life.';
comment on column bi.open_orders.proposed_quantity is 'Units that were planned.';
comment on column bi.open_orders.ordered_quantity is 'Units ordered.';
comment on column bi.open_orders.received_quantity is 'Units that came, damaged ones included.';
comment on column bi.open_orders.outstanding_quantity is 'Units that are to come.';
comment on column bi.open_orders.outstanding_amount is 'What they cost, in the supplier''s money.';
comment on column bi.open_orders.expected_date is 'The day on which they are expected.';
comment on column bi.open_orders.sent_at is 'Instant at which the supplier was sent it, UTC; null: not yet.';
comment on column bi.open_orders.updated_at is 'When the row was last written, UTC.';
