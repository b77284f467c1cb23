-- Goods on a shelf are past their expiry date.
-- Reads: state.shelf_lot_live (through ops.expiring_lots), ref.stores, state.sales_rate.
-- Opens: the lot expired before the store's current day, and some of it should still be on the shelf.
-- Impact: the sales value of these goods.
create or replace function ops.alert_expired_on_shelf(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    lot.product_id || '/' || lot.batch_id,
    lot.store_id,
    lot.product_id,
    'critical',
    round(lot.on_hand * rate.unit_price, 2),
    format('%s of %s on shelf %s expired on %s', trim_scale(lot.on_hand), coalesce(products.name, lot.product_id),
      shelves.shelf_id, lot.expires_on),
    jsonb_build_object('batch_id', lot.batch_id, 'expires_on', lot.expires_on, 'on_hand', lot.on_hand),
    null::numeric,
    true
  from ops.expiring_lots((as_of at time zone 'UTC')::date) as lot
  left join ref.shelves using (store_id, product_id)
  left join ref.products using (product_id)
  left join ref.stores using (store_id)
  left join state.sales_rate as rate using (store_id, product_id)
  where lot.expires_on < (as_of at time zone coalesce(stores.time_zone, 'UTC'))::date
$$;
comment on function ops.alert_expired_on_shelf is 'Goods on a shelf are past their expiry date.';
