-- Transfers that wait for a decision that a person may make, the largest gain first. $1 person, $2 at most.
select
  transfer.transfer_id as "transferId",
  transfer.review_date as "reviewDate",
  transfer.explanation ->> 'product_name' as "productName",
  transfer.from_location_id as "from",
  transfer.to_location_id as "to",
  ops.decimal_text(transfer.quantity) as "quantity",
  ops.decimal_text(transfer.gain) as "gain",
  transfer.currency,
  transfer.state,
  transfer.decided_by as "decidedBy",
  transfer.expires_at as "expiresAt",
  transfer.arrives_at as "arrivesAt"
from ops.transfer_proposal as transfer
where transfer.state = 'proposed'
  and exists (
    select from ops.transfer_approver as approver
    where approver.transfer_id = transfer.transfer_id and approver.person = $1
  )
order by transfer.gain desc, transfer.transfer_id
limit $2
