-- What decides about an order's tier. $1: the order. A line that is not as proposed was edited by a person.
select
  total_value::float8 as value,
  exists (
    select from ops.purchase_order_line as line
    where line.purchase_order_id = orders.purchase_order_id and line.quantity <> line.proposed_quantity
  ) as is_edited
from ops.purchase_order as orders
where purchase_order_id = $1
