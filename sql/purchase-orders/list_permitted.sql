-- The people who may approve an order, as text. $1: the order.
select string_agg(distinct person, ', ' order by person) as people
from ops.purchase_order_approver
where purchase_order_id = $1 and may_approve
