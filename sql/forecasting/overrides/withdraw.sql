-- Of an override whose days are not over. $1 override, $2 who, $3 why.
update ops.forecast_override
set withdrawn_by = $2, withdrawn_at = ops.now(), withdrawn_reason = $3
where override_id = $1 and withdrawn_at is null and to_date >= (ops.now() at time zone ops.time_zone_of(store_id))::date
