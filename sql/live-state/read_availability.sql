-- A page of a store's products that were not evaluated for an hour yet, with what was seen in it.
-- $1: store, $2: start of the hour, $3: after this product, $4: limit.
select
  profile.product_id,
  profile.sales_an_hour,
  profile.depletion_factor,
  profile.restock_factor,
  before.p_available,
  before.recent_sales,
  before.recent_expected,
  before.was_counted_empty,
  coalesce(before.silent_hours, 0),
  coalesce(before.silent_expected, 0),
  coalesce(window_hour.units + window_hour.returned_units > 0, false),
  -- A scale that found nothing, after everything else that happened at the shelf, is a count of none.
  case
    when shelf.last_weight < 0.5 * shelves.unit_weight
      and shelf.last_weight_at >= coalesce(greatest(shelf.last_pick_at, shelf.last_refill_at), '-infinity')
      then 0
    else shelf.available::float8
  end,
  coalesce(shelf.last_refill_at >= $2 and shelf.last_refill_at < $2::timestamptz + interval '1 hour', false)
from state.demand_profile as profile
left join state.availability as before using (store_id, product_id)
left join state.sales_hour as window_hour
  on window_hour.store_id = profile.store_id and window_hour.product_id = profile.product_id
    and window_hour.window_start = $2
left join state.shelf as shelf on shelf.store_id = profile.store_id and shelf.product_id = profile.product_id
left join ref.shelves on shelves.store_id = profile.store_id and shelves.product_id = profile.product_id
where profile.store_id = $1 and profile.product_id > $3 and coalesce(before.hour < $2, true)
order by profile.product_id
limit $4
