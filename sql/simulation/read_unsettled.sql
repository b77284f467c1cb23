-- Orders of these warehouses ($1) that their workflows are about to move on, and receipts that they were not notified of but
-- are about to. What its supplier refused stays.
select purchase_order_id, status
from ops.purchase_order
where location_id = any ($1) and status in ('draft', 'approved')
union all
select purchase_order_id, 'notified of a delivery'
from ops.purchase_order
where location_id = any ($1) and status in ('sent', 'acknowledged', 'partly_received')
  and exists (
    select from ops.goods_receipt as receipt
    where receipt.purchase_order_id = purchase_order.purchase_order_id and told_at is not null and status = 'delivered'
  )
  and not exists (
    select from ops.purchase_order_line as line
    where line.purchase_order_id = purchase_order.purchase_order_id
      and quantity > received_quantity + cancelled_quantity
  )
limit 1
