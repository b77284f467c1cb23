create or replace view bi.reorder_predictions with (security_invoker = true) as
select
  line.order_date,
  line.purchase_order_id,
  line.line_no,
  line.supplier_key,
  supplier.name as supplier_name,
  line.store_key,
  store.store_id,
  store.name as store_name,
  line.product_key,
  product.product_id,
  product.name as product_name,
  line.status,
  line.on_hand_quantity,
  line.on_order_quantity,
  line.position_quantity,
  line.demand_quantity,
  line.cover_days,
  line.reorder_below_quantity,
  line.order_up_to_quantity,
  line.proposed_quantity,
  line.ordered_quantity,
  line.ordered_quantity * line.unit_cost as ordered_amount,
  line.stock_out_probability,
  line.expected_lost_quantity,
  line.demand_source,
  line.binding_constraint,
  line.expected_date,
  line.updated_at at time zone 'UTC' as updated_at
from analytics.reorder_prediction as line
left join analytics.dim_supplier as supplier on supplier.supplier_key = line.supplier_key
left join analytics.dim_store as store on store.store_key = line.store_key
left join analytics.dim_product as product on product.product_key = line.product_key;

comment on view bi.reorder_predictions is 'What replenishment proposed to order, line by line, and the figures that decided it. Follows the orders within a minute.';
comment on column bi.reorder_predictions.order_date is 'The day of the plan.';
comment on column bi.reorder_predictions.purchase_order_id is 'The order.';
comment on column bi.reorder_predictions.line_no is 'Its line.';
comment on column bi.reorder_predictions.supplier_key is 'The supplier.';
comment on column bi.reorder_predictions.supplier_name is 'Its name.';
comment on column bi.reorder_predictions.store_key is 'Version of the store or warehouse, at the order.';
comment on column bi.reorder_predictions.store_id is 'The store or warehouse, as the sources call it.';
comment on column bi.reorder_predictions.store_name is 'Its name.';
comment on column bi.reorder_predictions.product_key is 'Version of the product, at the order.';
comment on column bi.reorder_predictions.product_id is 'The product, as the sources call it.';
comment on column bi.reorder_predictions.product_name is 'Its name.';
comment on column bi.reorder_predictions.status is 'Status of the order.';
comment on column bi.reorder_predictions.on_hand_quantity is 'Units on hand when it was planned.';
comment on column bi.reorder_predictions.on_order_quantity is 'Units on order then.';
comment on column bi.reorder_predictions.position_quantity is 'On hand × availability − reserved + on order.';
comment on column bi.reorder_predictions.demand_quantity is 'Units expected to be asked for until the goods of the next review''s order are there.';
comment on column bi.reorder_predictions.cover_days is 'Days until then: lead time + review.';
comment on column bi.reorder_predictions.reorder_below_quantity is 'Position below which is ordered; null with methods that order at every review.';
comment on column bi.reorder_predictions.order_up_to_quantity is 'Position to order up to.';
comment on column bi.reorder_predictions.proposed_quantity is 'Units proposed.';
comment on column bi.reorder_predictions.ordered_quantity is 'Units ordered: what a person made of it.';
comment on column bi.reorder_predictions.ordered_amount is 'ordered_quantity × the agreed price, in the supplier''s currency.';
comment on column bi.reorder_predictions.stock_out_probability is 'Probability that it runs out before the next delivery although this is ordered.';
comment on column bi.reorder_predictions.expected_lost_quantity is 'Units of demand that will not be met then, on average.';
comment on column bi.reorder_predictions.demand_source is 'Where the demand is from: the model, or the usual rate.';
comment on column bi.reorder_predictions.binding_constraint is 'What changed the quantity most; null: nothing but the need.';
comment on column bi.reorder_predictions.expected_date is 'The day on which delivery is due.';
comment on column bi.reorder_predictions.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
