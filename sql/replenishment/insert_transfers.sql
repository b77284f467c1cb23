-- Writes proposals down; one that is there already stays as it is. $1 day of the review, $2 now, $3 hours until they
-- expire, $4 [{transfer_id, product_id, from_location_id, to_location_id, quantity, gain, currency, lead_time_days,
-- good_for_days, explanation}]
insert into ops.transfer_proposal (
  transfer_id, review_date, product_id, from_location_id, to_location_id, quantity, gain, currency, lead_time_days, good_until,
  explanation, created_at, expires_at, updated_at
)
select
  transfer_id, $1, product_id, from_location_id, to_location_id, quantity, gain, currency, lead_time_days, $1::date + good_for_days,
  explanation, $2, $2::timestamptz + make_interval(hours => $3), $2
from jsonb_to_recordset($4::jsonb) as proposal (
  transfer_id text, product_id text, from_location_id text, to_location_id text, quantity numeric, gain numeric, currency text,
  lead_time_days integer, good_for_days integer, explanation jsonb
)
on conflict do nothing
