-- $1 day of the review, $2 location, $3 supplier, $4 now, $5 [{product_id, reason, detail}]
insert into ops.replenishment_skip (review_date, location_id, supplier_id, product_id, reason, detail, skipped_at)
select $1, $2, $3, product_id, reason, detail, $4
from jsonb_to_recordset($5::jsonb) as skip (product_id text, reason text, detail text)
on conflict (review_date, location_id, supplier_id, product_id) do update set
  reason = excluded.reason, detail = excluded.detail, skipped_at = excluded.skipped_at
