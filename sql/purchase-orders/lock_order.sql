-- Until the end of the transaction no one else changes the order. $1: the order.
select from ops.purchase_order where purchase_order_id = $1 for update
