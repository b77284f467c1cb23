-- What a person may do with an order; no row: nothing. $1: the order, $2: the person.
select array_agg(distinct on_behalf_of order by on_behalf_of) filter (where may_approve) as rights
from ops.purchase_order_approver
where purchase_order_id = $1 and person = $2
having count(*) > 0
