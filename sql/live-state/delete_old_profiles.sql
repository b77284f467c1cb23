-- Forgets products that a store neither sold in the weeks before nor has a shelf for. $1: store, $2: the store's day.
with gone as (
  delete from state.demand_profile where store_id = $1 and profile_date < $2 returning product_id
)
delete from state.availability using gone where availability.store_id = $1 and availability.product_id = gone.product_id
