-- Cancels the outstanding units of an order: they are no longer expected. $1: the order.
update ops.purchase_order_line
set cancelled_quantity = cancelled_quantity + greatest(quantity - received_quantity - cancelled_quantity, 0)
where purchase_order_id = $1 and quantity > received_quantity + cancelled_quantity
