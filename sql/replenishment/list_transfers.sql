-- Transfers, the newest first. $1 state, $2 a location that gives or takes: null for all; $3 at most;
-- $4 review date and $5 transfer after which the page begins: null for the first.
select
  transfer_id as "transferId",
  review_date as "reviewDate",
  explanation ->> 'product_name' as "productName",
  from_location_id as "from",
  to_location_id as "to",
  ops.decimal_text(quantity) as "quantity",
  ops.decimal_text(gain) as "gain",
  currency,
  state,
  decided_by as "decidedBy",
  expires_at as "expiresAt",
  arrives_at as "arrivesAt"
from ops.transfer_proposal
where ($1::text is null or state = $1) and ($2::text is null or $2 in (from_location_id, to_location_id))
  and ($4::date is null or (review_date, $5::text) < ($4::date, transfer_id))
order by review_date desc, transfer_id
limit $3
