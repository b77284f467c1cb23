-- What say somebody has in an order. $1: the order, $2: the person. Of no row: none.
select bool_or(may_approve) as may_approve, min(on_behalf_of) filter (where on_behalf_of <> $2) as on_behalf_of
from ops.purchase_order_approver
where purchase_order_id = $1 and person = $2
having count(*) > 0
