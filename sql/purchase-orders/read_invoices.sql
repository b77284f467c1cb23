-- The invoices of an order, the newest first. $1 order, $2 at most.
select invoice_number as number, taken_by as "takenBy", taken_at as "takenAt", jsonb_array_length(content) as lines
from ops.purchase_order_invoice
where purchase_order_id = $1
order by taken_at desc, invoice_number
limit $2
