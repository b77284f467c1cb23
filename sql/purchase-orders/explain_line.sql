-- $1 order, $2 line.
select
  purchase_order_id as "purchaseOrderId",
  line_no as "lineNo",
  product_id as "productId",
  ops.decimal_text(quantity) as quantity,
  ops.decimal_text(proposed_quantity) as "proposedQuantity",
  currency,
  explanation
from ops.purchase_order_line
join ops.purchase_order using (purchase_order_id)
where purchase_order_id = $1 and line_no = $2
