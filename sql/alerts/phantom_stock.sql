-- A shelf is empty although its stock count is not; a cycle count is requested.
-- Reads: state.shelf, state.availability, state.demand_profile, ref.shelves, ref.shelf_policy, ref.stores,
-- state.sales_rate.
-- Opens: by the scale: it has measured less than half a unit since the last event of the shelf, and the count is more
-- than two units and more than a tenth of the capacity. A smaller count opens it once the time of a visit has passed,
-- because goods that were taken unnoticed may be on their way to the till. By the sales: in an hour within the last
-- three in which the store sold, the product was out of stock with more than 90 % probability, according to at least
-- two days of its history; nothing was sold or picked up since, and no scale has measured half of the count within the
-- last four hours.
-- Resolves: by the scale: when it measures goods again. By the sales: when the probability is 70 % or less.
-- Impact: the product's revenue per day.
create or replace function ops.alert_phantom_stock(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  with weighed as materialized (
    select * from ops.weighed_shelves(as_of) where available > 0
  ),
  found as (
    select
      weighed.store_id, weighed.product_id, weighed.available,
      format('its scale measured it as empty at %s',
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
      format('nothing has sold since %s; %s sales were expected',
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
      -- live.hour is the start of the evaluated hour: a sale or a pickup after it proves that there are goods.
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
comment on function ops.alert_phantom_stock is 'A shelf is empty although its stock count is not; a cycle count is requested.';
