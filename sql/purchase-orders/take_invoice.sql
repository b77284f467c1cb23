-- Counts an invoice that agrees. $1: the order, $2: the invoice's lines (JSON). Returns whether everything that arrived is on
-- invoices now.
with invoiced as (
  select product_id, sum(quantity) as quantity
  from jsonb_to_recordset($2::jsonb) as line (product_id text, quantity numeric)
  group by product_id
),
counted as (
  update ops.purchase_order_line as line
  set invoiced_quantity = invoiced_quantity + invoiced.quantity
  from invoiced
  where line.purchase_order_id = $1 and line.product_id = invoiced.product_id
)
select bool_and(
  line.invoiced_quantity + coalesce(invoiced.quantity, 0) = line.received_quantity - line.damaged_quantity
) as is_complete
from ops.purchase_order_line as line
left join invoiced using (product_id)
where line.purchase_order_id = $1
