-- $1 store, $2 product, $3 first day, $4 last day, $5 quantity or null, $6 factor or null, $7 why, $8 last day on which plans use it, $9 who.
insert into ops.forecast_override (
  store_id, product_id, from_date, to_date, quantity, factor, reason, expires_on, created_by, created_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, ops.now())
returning override_id as "overrideId"
