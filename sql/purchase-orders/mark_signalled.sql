-- $1: orders, $2: for each the last receipt that its workflow was notified of, or null.
with told as (
  select * from unnest($1::text[], $2::bigint[]) as told (purchase_order_id, receipt_no)
),
looked_after as (
  update ops.purchase_order as orders
  set looked_after_at = clock_timestamp()
  from told
  where orders.purchase_order_id = told.purchase_order_id
)
update ops.goods_receipt as receipt
set told_at = ops.now()
from told
where receipt.purchase_order_id = told.purchase_order_id and receipt.receipt_no <= told.receipt_no and told_at is null
