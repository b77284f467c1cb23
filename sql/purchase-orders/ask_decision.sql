-- Person $4 asks for step $3 of order $2 with input $5; $1 names it to the order's workflow.
insert into ops.order_decision (decision_id, purchase_order_id, step, person, input)
values ($1, $2, $3, $4, $5)
