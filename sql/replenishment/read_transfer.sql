-- A transfer with its lots. $1 transfer, $2 a person, for whether they may decide about it.
select
  transfer_id as "transferId",
  review_date as "reviewDate",
  product_id as "productId",
  from_location_id as "from",
  to_location_id as "to",
  -- What is past its time has expired, also before the minute job has run.
  case when state = 'proposed' and expires_at <= ops.now() then 'expired' else state end as "state",
  ops.decimal_text(quantity) as "quantity",
  ops.decimal_text(shipped_quantity) as "shippedQuantity",
  ops.decimal_text(gain) as "gain",
  currency,
  good_until as "goodUntil",
  explanation,
  created_at as "createdAt",
  expires_at as "expiresAt",
  decided_by as "decidedBy",
  decided_at as "decidedAt",
  reason_code as "reasonCode",
  reason,
  shipped_at as "shippedAt",
  arrives_at as "arrivesAt",
  closed_at as "closedAt",
  exists (
    select from ops.transfer_approver as approver
    where approver.transfer_id = transfer.transfer_id and person = $2
  ) as "mayDecide",
  (
    select coalesce(jsonb_agg(jsonb_build_object(
      'batchId', nullif(batch_id, ''), 'expiresOn', expires_on, 'quantity', ops.decimal_text(lot.quantity),
      'hasArrived', in_applied_at is not null
    ) order by expires_on nulls last, batch_id), '[]')
    from ops.transfer_lot as lot
    where lot.transfer_id = transfer.transfer_id
  ) as "lots"
from ops.transfer_proposal as transfer
where transfer_id = $1
