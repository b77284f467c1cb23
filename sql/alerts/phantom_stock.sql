-- A shelf should hold goods, and does not: somebody should count it.
-- Reads: state.shelf, state.availability, state.demand_profile, ref.shelves, ref.shelf_policy, ref.stores, state.sales_rate.
-- Opens by the scale: it has weighed less than half a unit since the last that happened at the shelf, and the count is more
-- than two units and more than a tenth of its capacity; of a smaller count when a visit's time has passed, for what
-- somebody took unseen may be on its way to the till. Holds while the scale says so.
-- Opens by the sales: with more than 90 % probability the product can't be bought, as of an hour within the last three in
-- which the store sold, by what two of its days or more had taught by then; nothing was sold or picked up since, and no
-- scale has found half of what is counted within the last four hours. Holds while the probability is over 70 %.
-- A cycle count is asked for.
-- Impact: what the product sells a day.
create or replace function ops.alert_phantom_stock(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  with weighed as materialized (
    select * from ops.weighed_shelves(as_of) where available > 0
  ),
  found as (
    select
      weighed.store_id, weighed.product_id, weighed.available,
      format('its scale found it empty at %s',
        to_char(weighed_at at time zone ops.time_zone_of(weighed.store_id), 'YYYY-MM-DD HH24:MI')) as finding,
      jsonb_build_object('weighed_units', units, 'weight', weight, 'weighed_at', weighed_at) as evidence,
      weighed.available > greatest(2, 0.1 * capacity)
        or weighed_at <= as_of - policy.visit_seconds * interval '1 second' as opens
    from weighed
    join ref.shelf_policy as policy using (store_id, product_id)
    where units < 0.5
    union all
    select
      live.store_id, live.product_id, shelf.available,
      format('nothing has sold since %s; %s sales were to be expected',
        to_char((live.hour - (live.silent_hours - 1) * interval '1 hour') at time zone ops.time_zone_of(live.store_id),
          'YYYY-MM-DD HH24:MI'),
        round(live.silent_expected::numeric, 1)),
      live.evidence || jsonb_build_object('p_available', round(live.p_available::numeric, 3), 'hour', live.hour),
      live.p_available < 0.1 and (live.evidence ->> 'traffic')::numeric > 0
        and profile.days >= 2
        and profile.profile_date <= (live.hour at time zone ops.time_zone_of(live.store_id))::date
    from state.availability as live
    join state.demand_profile as profile using (store_id, product_id)
    join state.shelf as shelf using (store_id, product_id)
    where live.p_available < 0.3 and live.hour > as_of - interval '3 hours' and shelf.available > 0
      -- What was looked at is the hour that begins then: a sale or a pickup after it says that the goods are there.
      and coalesce(greatest(shelf.last_sale_at, shelf.last_pick_at), '-infinity') < live.hour + interval '1 hour'
      and not exists (
        select from weighed
        where weighed.store_id = live.store_id and weighed.product_id = live.product_id
          and (units < 0.5 or (units >= 0.5 * weighed.available and weighed_at > as_of - interval '4 hours'))
      )
  )
  select
    found.product_id,
    found.store_id,
    found.product_id,
    'warning',
    round(rate.units_per_day * rate.unit_price, 2),
    format('%s: shelf %s should hold %s, but %s', coalesce(products.name, found.product_id), shelves.shelf_id,
      trim_scale(found.available), found.finding),
    found.evidence || jsonb_build_object(
      'available', found.available, 'last_sale_at', shelf.last_sale_at, 'last_pick_at', shelf.last_pick_at
    ),
    null::numeric,
    found.opens
  from found
  join state.shelf as shelf using (store_id, product_id)
  join ref.shelves using (store_id, product_id)
  left join ref.products using (product_id)
  left join state.sales_rate as rate using (store_id, product_id)
$$;
comment on function ops.alert_phantom_stock is 'A shelf should hold goods, and does not: somebody should count it.';
