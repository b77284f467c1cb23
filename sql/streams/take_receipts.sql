-- Keeps what was reported of the deliveries of orders, and takes goods into stock that no other event reports. $1: a JSON array of
-- validated supplier_shipments. Of two copies in one batch the first counts. What is about no order of ours counts as
-- applied and changes nothing.
with told as materialized (
  select
    left(event_at, 10)::date as event_date,
    state.event_key('goods_receipts/supplier_shipments', event_id) as event_key,
    message.*,
    known.purchase_order_id is not null or coalesce(message.purchase_order_id like 'PO-%', false) as is_ours
  from rows from (json_to_recordset($1::json) as (
    event_id text, event_at text, store_id text collate "C", shipment_id text, supplier_id text collate "C",
    purchase_order_id text collate "C", product_id text collate "C", batch_id text, status text, quantity numeric,
    damaged_quantity numeric, expires_on date
  )) with ordinality as message
  left join ops.purchase_order as known using (purchase_order_id)
),
fresh as materialized (
  select distinct on (event_date, event_key) * from told where is_ours order by event_date, event_key, ordinality
),
remembered as (
  insert into state.event_ids (event_date, event_key)
  select event_date, event_key from fresh order by event_date, event_key
  on conflict do nothing
  returning event_date, event_key
),
news as materialized (
  select
    fresh.*,
    line.line_no,
    place.is_store,
    fresh.status = 'delivered'
      and fresh.quantity > coalesce(fresh.damaged_quantity, 0)
      and coalesce(goods_in.told_by = 'receipt', supplier.adapter <> 'simulator', true) as is_taken_in
  from fresh
  join remembered using (event_date, event_key)
  left join ops.purchase_order_line as line
    on line.purchase_order_id = fresh.purchase_order_id and line.product_id = fresh.product_id
  left join ref.goods_in on goods_in.location_id = fresh.store_id
  left join ref.suppliers as supplier on supplier.supplier_id = fresh.supplier_id
  cross join lateral (
    select exists (select from ref.stores where store_id = fresh.store_id)
      and not exists (select from ref.shelves where warehouse_id = fresh.store_id) as is_store
  ) as place
),
receipt as (
  insert into ops.goods_receipt as receipt (
    event_id, purchase_order_id, line_no, shipment_id, supplier_id, location_id, product_id, status, quantity,
    damaged_quantity, batch_id, expires_on, happened_at, happened_on, stock_event_id, recorded_at
  )
  select
    event_id, purchase_order_id, line_no, shipment_id, supplier_id, store_id, product_id, status, quantity,
    coalesce(damaged_quantity, 0), batch_id, expires_on, event_at::timestamptz, event_date,
    case when is_taken_in then ops.decision_id('goods-in', event_id) end, ops.now()
  from news
  order by ordinality
  returning receipt.*
),
stock as (
  select
    receipt.*,
    news.event_at,
    news.is_store,
    receipt.quantity - receipt.damaged_quantity as good
  from receipt
  join news using (event_id)
  where stock_event_id is not null
),
-- What is known of each lot: the newest record of a lot counts, with all that came of it.
catalogued as (
  insert into ops.outbox (topic, key, payload)
  select
    'batch_catalog',
    concat_ws('/', location_id, product_id, lot.batch_id),
    jsonb_strip_nulls(jsonb_build_object(
      'batch_id', lot.batch_id,
      'location_id', location_id,
      'product_id', product_id,
      'supplier_id', supplier_id,
      'purchase_order_id', purchase_order_id,
      'shipment_id', shipment_id,
      'received_quantity', ops.decimal_text(coalesce((
        select sum(earlier.quantity - earlier.damaged_quantity) from ops.goods_receipt as earlier
        where earlier.location_id = receipt.location_id and earlier.product_id = receipt.product_id and earlier.status = 'delivered'
          and coalesce(earlier.batch_id, earlier.shipment_id) = lot.batch_id
      ), 0) + sum(quantity - damaged_quantity) over (
        partition by location_id, product_id, lot.batch_id order by receipt_no
      )),
      'received_at', happened_at,
      'expires_on', expires_on
    ))
  from receipt
  cross join lateral (select coalesce(batch_id, shipment_id) as batch_id) as lot
  where status = 'delivered' and quantity > damaged_quantity
  order by receipt_no
),
taken_in as (
  insert into ops.outbox (topic, key, payload)
  select
    case when is_store then 'inventory_updates' else 'warehouse_events' end,
    location_id,
    jsonb_build_object(
      'event_id', stock_event_id,
      'source', 'shelfline/goods-receipts',
      'schema_version', case when is_store then 1 else 2 end,
      'event_at', event_at,
      'store_id', location_id,
      'product_id', product_id
    ) || case when is_store then jsonb_build_object(
      'inventory_id', location_id || '/' || product_id,
      'quantity_change', ops.decimal_text(good),
      'new_quantity', ops.decimal_text(good + coalesce((
        select on_hand from state.stock where stock.store_id = location_id and stock.product_id = taken.product_id
      ), 0)),
      'reason', 'delivery'
    ) else jsonb_strip_nulls(jsonb_build_object(
      'warehouse_id', location_id,
      'batch_id', coalesce(batch_id, shipment_id),
      'direction', 'in',
      'quantity', ops.decimal_text(good),
      'reason', 'receipt',
      'expires_on', expires_on,
      'plan_id', purchase_order_id
    )) end
  from stock as taken
  order by receipt_no
)
select
  (select count(*) from remembered) + (select count(*) from told where not is_ours) as applied,
  (select coalesce(array_agg(receipt_no order by receipt_no), '{}') from receipt) as receipts
