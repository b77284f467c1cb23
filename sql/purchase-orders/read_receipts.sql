-- What suppliers and people have reported of an order: receipts, the newest first. $1 order, $2 at most.
select
  shipment_id as "shipmentId",
  product_id as "productId",
  status,
  ops.decimal_text(quantity) as quantity,
  ops.decimal_text(damaged_quantity) as damaged,
  batch_id as "batchId",
  expires_on as "expiresOn",
  happened_at as "happenedAt"
from ops.goods_receipt
where purchase_order_id = $1
order by happened_at desc, receipt_no desc
limit $2
