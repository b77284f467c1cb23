-- Live shelves, lots and warehouses for Power BI, held to the reader's stores; and what a sale earned, where an order or the
-- supplier's terms tell the cost.

-- These views read with the rights of whoever asks, so that the policies below hold him to his stores.
alter view state.shelf_live set (security_invoker = true);
alter view state.shelf_lot_live set (security_invoker = true);
alter view state.warehouse_live set (security_invoker = true);
alter view state.warehouse_lot_live set (security_invoker = true);

do $$
declare
  target text;
begin
  foreach target in array array[
    'ref.shelves', 'state.shelf', 'state.basket', 'state.shelf_lot', 'state.warehouse', 'state.warehouse_lot'
  ] loop
    execute format('alter table %s enable row level security', target);
    execute format('create policy application on %s to shelfline_app using (true) with check (true)', target);
  end loop;
  foreach target in array array['ref.shelves', 'state.shelf', 'state.basket', 'state.shelf_lot'] loop
    execute format(
      'create policy own_stores on %s for select to bi_reader using ((select ref.sees_everything()) or store_id in (select ref.visible_store_ids()))',
      target
    );
  end loop;
  -- A warehouse is nobody's store.
  foreach target in array array['state.warehouse', 'state.warehouse_lot'] loop
    execute format(
      'create policy who_sees_everything on %s for select to bi_reader using ((select ref.sees_everything()))', target
    );
  end loop;
end
$$;
grant select on
  ref.shelves, state.shelf, state.shelf_lot, state.warehouse, state.warehouse_lot,
  state.shelf_live, state.shelf_lot_live, state.warehouse_live, state.warehouse_lot_live
to bi_reader;
-- Who bought what is nobody's business here.
grant select (store_id, product_id, picked, sold, taken_at) on state.basket to bi_reader;

create view bi.live_shelf with (security_invoker = true) as
select
  dim_store.store_key,
  dim_product.product_key,
  shelf.shelf_id,
  shelf.available,
  shelf.held,
  shelf.on_shelf,
  shelf.capacity,
  shelf.fill_ratio,
  shelf.weighed_units,
  shelf.last_refill_at at time zone 'UTC' as last_refill_at,
  shelf.last_sale_at at time zone 'UTC' as last_sale_at,
  shelf.updated_at at time zone 'UTC' as updated_at
from state.shelf_live as shelf
join analytics.dim_store on dim_store.store_id = shelf.store_id and dim_store.is_current
join analytics.dim_product on dim_product.product_id = shelf.product_id and dim_product.is_current;
comment on view bi.live_shelf is 'Every shelf as it is now, as the streams keep it: for DirectQuery.';
comment on column bi.live_shelf.store_key is 'Current version of the store.';
comment on column bi.live_shelf.product_key is 'Current version of the product.';
comment on column bi.live_shelf.shelf_id is 'The home shelf; null for a product without a profile in this store.';
comment on column bi.live_shelf.available is 'Units on the shelf, not in anybody''s hands.';
comment on column bi.live_shelf.held is 'Units picked up a moment ago, that may come back.';
comment on column bi.live_shelf.on_shelf is 'available + held.';
comment on column bi.live_shelf.capacity is 'Units that the shelf holds; null without a profile.';
comment on column bi.live_shelf.fill_ratio is 'on_shelf ÷ capacity; null without a capacity.';
comment on column bi.live_shelf.weighed_units is 'Units by the last weight; null where nothing weighs.';
comment on column bi.live_shelf.last_refill_at is 'When goods were last put on it, UTC.';
comment on column bi.live_shelf.last_sale_at is 'When the product was last paid for, UTC.';
comment on column bi.live_shelf.updated_at is 'When the row was last written, UTC: the column to detect changes by.';

create view bi.live_lots with (security_invoker = true) as
select
  dim_store.store_key,
  dim_product.product_key,
  lot.batch_id,
  lot.on_hand,
  lot.expires_on,
  lot.expires_on - (now() at time zone dim_store.time_zone)::date as days_left,
  lot.received_on,
  greatest(shelf_lot.updated_at, shelf.updated_at) at time zone 'UTC' as updated_at
from state.shelf_lot_live as lot
join state.shelf_lot using (store_id, product_id, batch_id)
join state.shelf using (store_id, product_id)
join analytics.dim_store on dim_store.store_id = lot.store_id and dim_store.is_current
join analytics.dim_product on dim_product.product_id = lot.product_id and dim_product.is_current
where lot.on_hand > 0 and lot.expires_on is not null;
comment on view bi.live_lots is 'Lots on shelves that expire some day: what to sell first, and what is past its date.';
comment on column bi.live_lots.store_key is 'Current version of the store.';
comment on column bi.live_lots.product_key is 'Current version of the product.';
comment on column bi.live_lots.batch_id is 'The lot.';
comment on column bi.live_lots.on_hand is 'Units of it on the shelf: customers are taken to buy what expires first.';
comment on column bi.live_lots.expires_on is 'Its expiry date.';
comment on column bi.live_lots.days_left is 'Days until then by the store''s calendar; negative when it is past.';
comment on column bi.live_lots.received_on is 'The day on which it was first put on the shelf.';
comment on column bi.live_lots.updated_at is 'When the lot or its shelf was last written, UTC: the column to detect changes by.';

create view bi.live_warehouse with (security_invoker = true) as
select
  warehouse.warehouse_id,
  dim_product.product_key,
  warehouse.on_hand,
  warehouse.lots,
  warehouse.next_expires_on,
  warehouse.last_received_at at time zone 'UTC' as last_received_at,
  warehouse.last_shipped_at at time zone 'UTC' as last_shipped_at,
  warehouse.updated_at at time zone 'UTC' as updated_at
from state.warehouse_live as warehouse
join analytics.dim_product on dim_product.product_id = warehouse.product_id and dim_product.is_current;
comment on view bi.live_warehouse is 'Every product of every warehouse as it is now; for those who see every store.';
comment on column bi.live_warehouse.warehouse_id is 'The warehouse.';
comment on column bi.live_warehouse.product_key is 'Current version of the product.';
comment on column bi.live_warehouse.on_hand is 'Units in the warehouse.';
comment on column bi.live_warehouse.lots is 'Lots of which something is there.';
comment on column bi.live_warehouse.next_expires_on is 'The first expiry date among them.';
comment on column bi.live_warehouse.last_received_at is 'When goods last came in, UTC.';
comment on column bi.live_warehouse.last_shipped_at is 'When goods last went out, UTC.';
comment on column bi.live_warehouse.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
