-- Orders another quantity of a line; what was proposed stays. $1: the order, $2: the line, $3: units.
with edited as (
  update ops.purchase_order_line set quantity = $3 where purchase_order_id = $1 and line_no = $2
  returning purchase_order_id, line_no, quantity * unit_cost as value
)
update ops.purchase_order as orders
set total_value = edited.value + coalesce((
  select sum(line.quantity * line.unit_cost) from ops.purchase_order_line as line
  where line.purchase_order_id = orders.purchase_order_id and line.line_no <> edited.line_no
), 0)
from edited
where orders.purchase_order_id = edited.purchase_order_id
returning
  orders.total_value::text as total_value,
  orders.total_value = 0 and not exists (
    select from ops.purchase_order_line as line
    where line.purchase_order_id = orders.purchase_order_id and line.line_no <> edited.line_no and line.quantity > 0
  ) and edited.value = 0 as is_empty
