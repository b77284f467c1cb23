-- Goods on a shelf will expire before they are sold.
-- Reads: state.shelf_lot_live (through ops.expiring_lots), ref.shelf_policy, state.sales_rate, ops.discount.
-- Opens: the lot expires within the policy's near_expiry_days, and at the usual rate of sale at least one unit will be
-- left.
-- Resolves: when nothing will be left.
-- Impact: the sales value of the goods that will be left.
create or replace function ops.alert_near_expiry(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    lot.product_id || '/' || lot.batch_id,
    lot.store_id,
    lot.product_id,
    'info',
    round(left_over.units * rate.unit_price, 2),
    format('%s of %s on shelf %s expire on %s%s', trim_scale(lot.on_hand), coalesce(products.name, lot.product_id),
      shelves.shelf_id, lot.expires_on, '; marked down by ' || trim_scale(discount.percent) || ' %'),
    jsonb_build_object(
      'batch_id', lot.batch_id, 'expires_on', lot.expires_on, 'on_hand', lot.on_hand, 'left_over', left_over.units,
      'units_per_day', rate.units_per_day, 'discount_percent', discount.percent
    ),
    null::numeric,
    left_over.units >= 1
  from ops.expiring_lots((as_of at time zone 'UTC')::date + (select ops.near_expiry_days_max()) + 1) as lot
  join ref.shelf_policy as policy using (store_id, product_id)
  left join ref.shelves using (store_id, product_id)
  left join ref.products using (product_id)
  left join ref.stores using (store_id)
  left join state.sales_rate as rate using (store_id, product_id)
  cross join lateral (select (as_of at time zone coalesce(stores.time_zone, 'UTC'))::date as today) as local
  cross join lateral (
    select greatest(round(lot.on_hand - coalesce(rate.units_per_day, 0) * (lot.expires_on - local.today + 0.5), 1), 0) as units
  ) as left_over
  left join ops.discount
    on discount.store_id = lot.store_id and discount.product_id = lot.product_id and discount.batch_id = lot.batch_id
    and discount.discount_date = local.today and discount.ended_at is null
  where lot.expires_on between local.today and local.today + policy.near_expiry_days and left_over.units > 0
$$;
comment on function ops.alert_near_expiry is 'Goods on a shelf will expire before they are sold.';
