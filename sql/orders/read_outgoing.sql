-- An order as its supplier gets it. $1: the order. Lines that were edited to nothing are left out.
select
  orders.status,
  orders.approved_revision,
  orders.supplier_id,
  supplier.adapter,
  supplier.endpoint,
  jsonb_build_object(
    'purchase_order_id', purchase_order_id,
    'location_id', location_id,
    'currency', orders.currency,
    'expected_on', expected_on,
    'lines', (
      select jsonb_agg(jsonb_build_object(
        'line_no', line_no,
        'product_id', product_id,
        'quantity', ops.decimal_text(quantity),
        'unit_cost', ops.decimal_text(unit_cost)
      ) order by line_no)
      from ops.purchase_order_line as line
      where line.purchase_order_id = orders.purchase_order_id and quantity > 0
    )
  ) as document
from ops.purchase_order as orders
left join ref.suppliers as supplier using (supplier_id)
where purchase_order_id = $1
