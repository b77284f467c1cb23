create or replace view bi.fact_purchase_order with (security_invoker = true) as
select
  order_date, purchase_order_id, line_no, supplier_key, store_key, product_key, status, ordered_quantity,
  received_quantity, damaged_quantity, cancelled_quantity, unit_cost, expected_date,
  sent_at at time zone 'UTC' as sent_at,
  received_at at time zone 'UTC' as received_at,
  updated_at at time zone 'UTC' as updated_at
from analytics.fact_purchase_order;

comment on view bi.fact_purchase_order is 'One row a line of an order to a supplier.';
comment on column bi.fact_purchase_order.order_date is 'The day of the order.';
comment on column bi.fact_purchase_order.purchase_order_id is 'The order.';
comment on column bi.fact_purchase_order.line_no is 'Position of the line in the order.';
comment on column bi.fact_purchase_order.supplier_key is 'The supplier.';
comment on column bi.fact_purchase_order.store_key is 'Version of the store or warehouse that it is for, at the order.';
comment on column bi.fact_purchase_order.product_key is 'Version of the product, at the order.';
comment on column bi.fact_purchase_order.status is 'Where the order is in its life.';
comment on column bi.fact_purchase_order.ordered_quantity is 'Units ordered.';
comment on column bi.fact_purchase_order.received_quantity is 'Units received so far, damaged ones included.';
comment on column bi.fact_purchase_order.damaged_quantity is 'Units that arrived damaged.';
comment on column bi.fact_purchase_order.cancelled_quantity is 'Units that will not come.';
comment on column bi.fact_purchase_order.unit_cost is 'Agreed price of one unit.';
comment on column bi.fact_purchase_order.expected_date is 'The day on which delivery is due.';
comment on column bi.fact_purchase_order.sent_at is 'Instant at which the supplier was sent the order, UTC; null: not yet.';
comment on column bi.fact_purchase_order.received_at is 'Instant of the last receipt, UTC.';
comment on column bi.fact_purchase_order.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
