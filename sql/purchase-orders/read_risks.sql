-- What risks are judged by. $1: the order.
select
  (
    select jsonb_agg(jsonb_build_object(
      'lineNo', line_no, 'proposed', proposed_quantity, 'quantity', quantity
    ) order by line_no)
    from ops.purchase_order_line as line
    where line.purchase_order_id = orders.purchase_order_id
  ) as lines,
  coalesce(record.settled_lines, 0)::integer as settled_lines,
  record.fill::float8 as fill,
  record.on_time::float8 as on_time
from ops.purchase_order as orders
left join ops.supplier_performance as record using (supplier_id, location_id)
where purchase_order_id = $1
