-- The simulated clock begins. $1 its first instant, $2 speed, $3 run, $4 seed.
with ahead as (
  select store_id from ref.stores
  where exists (
    select from state.sales_hour as hours
    where hours.store_id = stores.store_id and hours.product_id = '' and hours.window_start >= $1
  )
)
insert into ops.clock (simulated_now, speed, run_id, seed, places_ahead)
select $1, $2, $3, $4, array(
  select store_id from ahead
  union
  select warehouse_id from ref.shelves where store_id in (select store_id from ahead)
)
on conflict (is_only) do update set
  simulated_now = excluded.simulated_now, speed = excluded.speed, run_id = excluded.run_id, seed = excluded.seed,
  places_ahead = excluded.places_ahead
