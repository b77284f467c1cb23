-- $1: the order, $2: the request, $3: who, $4: what, $5: line, $6: reason code, $7: reason, $8: detail (JSON).
insert into ops.purchase_order_action
  (purchase_order_id, request_id, acted_by, acted_at, action, line_no, reason_code, reason, detail)
values ($1, $2, $3, ops.now(), $4, $5, $6, $7, $8::jsonb)
