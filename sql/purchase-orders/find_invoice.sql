-- An invoice that was taken before. $1: the supplier, $2: its number, $3: the order, $4: the lines that are asked for now (JSON).
-- Of no row: it is new.
select
  content = asked.lines as is_same,
  ops.invoice_in_words(content) as before,
  ops.invoice_in_words(asked.lines) as now
from ops.purchase_order_invoice
cross join ops.invoice_content($4::jsonb) as asked (lines)
where supplier_id = $1 and invoice_number = $2 and purchase_order_id = $3
