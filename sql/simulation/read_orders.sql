-- Orders of these warehouses ($1) in a state ($2), with their lines.
select
  orders.purchase_order_id,
  orders.status,
  orders.revision,
  coalesce(orders.approvals_needed, 0) as approvals_needed,
  jsonb_agg(jsonb_build_object(
    'line', line_no,
    'product', line.product_id,
    'quantity', quantity,
    'pack', terms.pack_size,
    'good', received_quantity - damaged_quantity,
    'invoiced', invoiced_quantity,
    'cost', ops.decimal_text(line.unit_cost)
  ) order by line_no) as lines
from ops.purchase_order as orders
join ops.purchase_order_line as line using (purchase_order_id)
join ref.supply_terms as terms
  on terms.location_id = orders.location_id and terms.product_id = line.product_id
    and terms.supplier_id = orders.supplier_id
where orders.location_id = any ($1) and orders.status = $2
group by orders.purchase_order_id
order by orders.purchase_order_id
