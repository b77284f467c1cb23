-- Adds receipts to the lines of their orders. $1: the receipts. Orders are locked in the order of their names and before
-- their lines, as every other step of an order does, so that two workers can't deadlock.
with receipt as materialized (
  select * from ops.goods_receipt where receipt_no = any ($1)
),
locked as materialized (
  select purchase_order_id
  from ops.purchase_order
  where purchase_order_id in (select purchase_order_id from receipt)
  order by purchase_order_id
  for update
),
sums as (
  select
    purchase_order_id,
    line_no,
    coalesce(sum(quantity) filter (where status = 'delivered'), 0) as received,
    coalesce(sum(damaged_quantity) filter (where status = 'delivered'), 0) as damaged,
    coalesce(sum(quantity) filter (where status = 'cancelled'), 0) as cancelled
  from receipt
  join locked using (purchase_order_id)
  where line_no is not null
  group by purchase_order_id, line_no
),
counted as (
  update ops.purchase_order_line as line
  set
    received_quantity = line.received_quantity + sums.received,
    damaged_quantity = line.damaged_quantity + sums.damaged,
    cancelled_quantity = line.cancelled_quantity + least(
      sums.cancelled,
      greatest(line.quantity - line.received_quantity - sums.received - line.cancelled_quantity, 0)
    )
  from sums
  where line.purchase_order_id = sums.purchase_order_id and line.line_no = sums.line_no
)
update ops.purchase_order as orders
set revision = revision + 1, updated_at = ops.now()
from locked
where orders.purchase_order_id = locked.purchase_order_id
returning orders.purchase_order_id
