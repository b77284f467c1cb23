-- A shelf should hold goods, but they do not sell: somebody should count it.
-- Reads: state.availability, state.shelf, ref.shelves, state.sales_rate.
-- Opens: by its sales the product can't be bought with more than 90 % probability, though the shelf's count says that it
-- is there; as of an hour within the last three, and nothing has sold since. A cycle count is asked for.
-- Holds: while the probability is over 70 %.
-- Impact: what the product sells a day.
create or replace function ops.alert_phantom_stock(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    live.product_id,
    live.store_id,
    live.product_id,
    'warning',
    round(rate.units_per_day * rate.unit_price, 2),
    format('%s: shelf %s should hold %s, but nothing sold for %s hours in which %s sales were to be expected',
      coalesce(products.name, live.product_id), shelves.shelf_id, trim_scale(shelf.available), live.silent_hours,
      round(live.silent_expected::numeric, 1)),
    live.evidence || jsonb_build_object(
      'p_available', round(live.p_available::numeric, 3), 'hour', live.hour, 'last_sale_at', shelf.last_sale_at,
      'last_pick_at', shelf.last_pick_at
    ),
    null::numeric,
    live.p_available < 0.1
  from state.availability as live
  join state.shelf as shelf using (store_id, product_id)
  join ref.shelves using (store_id, product_id)
  left join ref.products using (product_id)
  left join state.sales_rate as rate using (store_id, product_id)
  where live.p_available < 0.3 and live.hour > as_of - interval '3 hours' and shelf.available > 0
    -- What was looked at is the hour that begins then: a sale after it says that the goods are there.
    and (shelf.last_sale_at is null or shelf.last_sale_at < live.hour + interval '1 hour')
$$;
comment on function ops.alert_phantom_stock is 'A shelf should hold goods, but they do not sell: somebody should count it.';
