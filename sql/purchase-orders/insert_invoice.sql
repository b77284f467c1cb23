-- Remembers an invoice that agrees. $1: the supplier, $2: its number, $3: the order, $4: its lines (JSON), $5: who.
insert into ops.purchase_order_invoice (supplier_id, invoice_number, purchase_order_id, content, taken_by, taken_at)
values ($1, $2, $3, ops.invoice_content($4::jsonb), $5, ops.now())
