-- A shelf weighs something else than what should be on it.
-- Reads: state.shelf, ref.shelves, state.sales_rate.
-- Opens: by its weight the shelf holds more than two units, and more than a tenth of its capacity, more or less than its
-- count; it was weighed after everything else that happened at it, and within the last day.
-- Holds: while more than half of that is amiss.
-- Impact: the units that are amiss, at what they sell for. Goods that are not there are critical: they can't be sold.
create or replace function ops.alert_weight_discrepancy(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    shelf.product_id,
    shelf.store_id,
    shelf.product_id,
    case when weighed.units < shelf.available then 'critical' else 'warning' end,
    round(abs(weighed.units - shelf.available) * rate.unit_price, 2),
    format('%s on shelf %s: %s by weight, %s by count', coalesce(products.name, shelf.product_id), shelves.shelf_id,
      trim_scale(weighed.units), trim_scale(shelf.available)),
    jsonb_build_object(
      'available', shelf.available, 'weighed_units', weighed.units, 'weight', shelf.last_weight,
      'unit_weight', shelves.unit_weight, 'weighed_at', shelf.last_weight_at
    ),
    null::numeric,
    abs(weighed.units - shelf.available) > greatest(2, 0.1 * shelves.capacity)
  from state.shelf as shelf
  join ref.shelves using (store_id, product_id)
  left join ref.products using (product_id)
  left join state.sales_rate as rate using (store_id, product_id)
  cross join lateral (select round(shelf.last_weight / shelves.unit_weight, 1) as units) as weighed
  where shelves.unit_weight > 0
    and shelf.last_weight_at > as_of - interval '1 day'
    and shelf.last_weight_at >= coalesce(greatest(shelf.last_pick_at, shelf.last_refill_at), '-infinity')
    and abs(weighed.units - shelf.available) > greatest(1, 0.05 * shelves.capacity)
$$;
comment on function ops.alert_weight_discrepancy is 'A shelf weighs something else than what should be on it.';
