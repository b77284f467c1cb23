-- What of an invoice does not agree with the order and with what arrived of it undamaged. $1: the order, $2: the invoice's
-- lines (JSON: product_id, quantity, unit_price). Of no row: all of it agrees.
with invoiced as (
  select product_id, sum(quantity) as quantity, min(unit_price) as lowest, max(unit_price) as highest
  from jsonb_to_recordset($2::jsonb) as line (product_id text, quantity numeric, unit_price numeric)
  group by product_id
)
select
  invoiced.product_id,
  case
    when line.line_no is null then 'was not ordered'
    when invoiced.lowest <> line.unit_cost or invoiced.highest <> line.unit_cost then
      format('costs %s on the invoice and %s in the order',
        trim_scale(case when invoiced.highest <> line.unit_cost then invoiced.highest else invoiced.lowest end),
        trim_scale(line.unit_cost))
    else format('%s invoiced in all, %s came undamaged',
      trim_scale(line.invoiced_quantity + invoiced.quantity), trim_scale(line.received_quantity - line.damaged_quantity))
  end as difference
from invoiced
left join ops.purchase_order_line as line on line.purchase_order_id = $1 and line.product_id = invoiced.product_id
where line.line_no is null
  or invoiced.lowest <> line.unit_cost
  or invoiced.highest <> line.unit_cost
  or line.invoiced_quantity + invoiced.quantity > line.received_quantity - line.damaged_quantity
order by invoiced.product_id
