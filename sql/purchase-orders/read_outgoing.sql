-- What its supplier gets of an order. $1: the order, $2: whether it is a cancellation. One of the rest of an order has for
-- each line how much is cancelled. Lines of nothing are left out.
select
  orders.status,
  orders.approved_revision,
  orders.supplier_id,
  supplier.adapter,
  supplier.endpoint,
  own.confirmed_at is not null as is_confirmed,
  jsonb_build_object(
    'purchase_order_id', purchase_order_id,
    'location_id', location_id,
    'currency', orders.currency,
    'expected_on', expected_on,
    'lines', (
      select jsonb_agg(jsonb_build_object(
        'line_no', line_no,
        'product_id', product_id,
        'quantity', ops.decimal_text(wanted.units),
        'unit_cost', ops.decimal_text(unit_cost)
      ) order by line_no)
      from ops.purchase_order_line as line
      cross join lateral (
        select case when $2 and status <> 'cancelled' then cancelled_quantity else quantity end as units
      ) as wanted
      where line.purchase_order_id = orders.purchase_order_id and wanted.units > 0
    )
  ) as document
from ops.purchase_order as orders
left join ref.suppliers as supplier using (supplier_id)
left join ref.supplier_endpoint as own
  on own.supplier_id = supplier.supplier_id and own.adapter = supplier.adapter and own.endpoint = coalesce(supplier.endpoint, '')
where purchase_order_id = $1
