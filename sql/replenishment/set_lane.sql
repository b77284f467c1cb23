-- $1 from, $2 to: null for any; $3 money a transfer, $4 money a unit, $5 days, $6 who.
insert into ref.transfer_lane (from_location_id, to_location_id, cost_per_transfer, cost_per_unit, lead_time_days, changed_by)
values ($1, $2, $3, $4, $5, $6)
on conflict (from_location_id, to_location_id) do update set
  cost_per_transfer = excluded.cost_per_transfer, cost_per_unit = excluded.cost_per_unit,
  lead_time_days = excluded.lead_time_days, changed_by = excluded.changed_by, updated_at = now()
