/** What the pages about deliveries show in tests: an order that is late, one that was delivered in part, a damaged line. */
export const deliverySeed: readonly string[] = [
  `update ops.purchase_order set expected_on = current_date - 2, sent_at = now() - interval '4 days' where purchase_order_id = 'PO-acme-367-20261127'`,
  `update ops.purchase_order set expected_on = current_date + 1, sent_at = now() - interval '3 days' where purchase_order_id = 'PO-dairy-W1-20261125'`,
  `update ops.purchase_order_line set received_quantity = case line_no when 1 then 360 else 120 end, damaged_quantity = case line_no when 2 then 6 else 0 end
   where purchase_order_id = 'PO-dairy-W1-20261125' and line_no < 3`,
  `insert into ops.goods_receipt (event_id, purchase_order_id, line_no, shipment_id, supplier_id, location_id, product_id, status, quantity, damaged_quantity,
     batch_id, expires_on, happened_at, happened_on, recorded_at)
   select 'receipt-' || line_no, purchase_order_id, line_no, 'N-4711', 'dairy', 'W1', product_id, 'delivered', received_quantity, damaged_quantity,
     'L-' || product_id, current_date + 9, now() - interval '20 hours', current_date - 1, now() - interval '20 hours'
   from ops.purchase_order_line where purchase_order_id = 'PO-dairy-W1-20261125' and line_no < 3`,
]
