-- Applies a batch of warehouse events to the warehouses and their lots, and returns what changed.
-- $1: a JSON array of validated warehouse_events. Of two copies in one batch the first counts. Every insert is ordered by
-- its key and the tables are always written in the same order (events, warehouses, lots), so that two workers can't deadlock.
with event as materialized (
  select distinct on (event_date, event_key)
    left(event_at, 10)::date as event_date,
    state.event_key('warehouse_state/warehouse_events', event_id) as event_key,
    event_at::timestamptz as event_at,
    warehouse_id,
    product_id,
    coalesce(batch_id, '') as batch_id,
    case direction when 'in' then quantity else 0 end as received,
    case direction when 'out' then quantity else 0 end as shipped,
    direction,
    expires_on
  from rows from (json_to_recordset($1::json) as (
    event_id text, event_at text, warehouse_id text collate "C", product_id text collate "C",
    batch_id text collate "C", direction text, quantity numeric, expires_on date
  )) with ordinality
  order by event_date, event_key, ordinality
),
remembered as (
  insert into state.event_ids (event_date, event_key)
  select event_date, event_key from event order by event_date, event_key
  on conflict do nothing
  returning event_date, event_key
),
news as materialized (
  select event.* from event join remembered using (event_date, event_key)
),
warehouse as (
  insert into state.warehouse as warehouse
    (warehouse_id, product_id, received, shipped, last_received_at, last_shipped_at)
  select
    warehouse_id, product_id, sum(received), sum(shipped),
    max(event_at) filter (where direction = 'in'), max(event_at) filter (where direction = 'out')
  from news
  group by warehouse_id, product_id
  order by warehouse_id, product_id
  on conflict (warehouse_id, product_id) do update set
    received = warehouse.received + excluded.received,
    shipped = warehouse.shipped + excluded.shipped,
    last_received_at = greatest(warehouse.last_received_at, excluded.last_received_at),
    last_shipped_at = greatest(warehouse.last_shipped_at, excluded.last_shipped_at),
    updated_at = excluded.updated_at
  returning *
),
lot as (
  insert into state.warehouse_lot as lot
    (warehouse_id, product_id, batch_id, received, shipped, expires_on, received_on, last_event_on)
  select
    warehouse_id, product_id, batch_id, sum(received), sum(shipped),
    min(expires_on), min(event_date) filter (where direction = 'in'), max(event_date)
  from news
  -- The count is there for the order: lots are written after warehouses.
  where (select count(*) from warehouse) > 0
  group by warehouse_id, product_id, batch_id
  order by warehouse_id, product_id, batch_id
  on conflict (warehouse_id, product_id, batch_id) do update set
    received = lot.received + excluded.received,
    shipped = lot.shipped + excluded.shipped,
    expires_on = least(lot.expires_on, excluded.expires_on),
    received_on = least(lot.received_on, excluded.received_on),
    last_event_on = greatest(lot.last_event_on, excluded.last_event_on),
    updated_at = excluded.updated_at
  returning *
),
-- As in apply_shelf.sql.
told as (
  insert into ops.outbox (topic, key, payload, emitted_at)
  select 'warehouse_state', warehouse_id || '/' || product_id, row_to_json(record), (select ops.now())
  from (
    select
      warehouse_id, product_id, trim_scale(on_hand)::text as on_hand, trim_scale(received)::text as received,
      trim_scale(shipped)::text as shipped, last_received_at, last_shipped_at
    from warehouse
  ) as record
  union all
  select 'warehouse_batch_state', concat_ws('/', warehouse_id, product_id, batch_id), row_to_json(record), (select ops.now())
  from (
    select
      warehouse_id, product_id, batch_id, trim_scale(on_hand)::text as on_hand, trim_scale(received)::text as received,
      trim_scale(shipped)::text as shipped, expires_on, received_on
    from lot
  ) as record
)
select count(*) as new from remembered
