-- $1 at most.
select
  from_location_id as "from",
  to_location_id as "to",
  ops.decimal_text(cost_per_transfer) as "costPerTransfer",
  ops.decimal_text(cost_per_unit) as "costPerUnit",
  lead_time_days as "days",
  changed_by as "changedBy"
from ref.transfer_lane
order by 1 nulls last, 2 nulls last
limit $1
