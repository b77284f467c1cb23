-- What a request did, if it was carried out before. $1: the order, $2: the request.
select action, acted_by, acted_at from ops.purchase_order_action where purchase_order_id = $1 and request_id = $2
