-- Orders, the newest first. $1 status, $2 supplier, $3 location: null for all; $4 only those that have not ended; $5 at most;
-- $6 review date and $7 order after which the page begins: null for the first.
select
  purchase_order_id as "purchaseOrderId",
  supplier_id as "supplierId",
  location_id as "locationId",
  review_date as "reviewDate",
  status,
  lines.count::integer as "lines",
  total_value::text as "totalValue",
  currency,
  expected_on as "expectedOn",
  round(100 * lines.received / nullif(lines.quantity, 0))::integer as "receivedPercent"
from ops.purchase_order as orders
cross join lateral (
  select count(*), sum(quantity) as quantity, sum(received_quantity) as received
  from ops.purchase_order_line as line
  where line.purchase_order_id = orders.purchase_order_id
) as lines
where ($1::text is null or status = $1)
  and ($2::text is null or supplier_id = $2)
  and ($3::text is null or location_id = $3)
  and (not $4 or status not in ('closed', 'denied', 'expired', 'cancelled'))
  and ($6::date is null or (review_date, $7::text) < ($6::date, purchase_order_id))
order by review_date desc, purchase_order_id
limit $5
