-- Warehouses and their lots, out of warehouse_event. DuckDB.
create temp table again_warehouse as
select
  [warehouse_id, product_id] as key,
  {
    received: coalesce(sum(quantity) filter (where direction = 'in'), 0)::decimal(38, 6),
    shipped: coalesce(sum(quantity) filter (where direction = 'out'), 0)::decimal(38, 6),
    last_received_at: max(event_at) filter (where direction = 'in'),
    last_shipped_at: max(event_at) filter (where direction = 'out')
  } as value
from warehouse_event
group by warehouse_id, product_id;

-- A lot that was used up may have been forgotten since.
create temp table again_warehouse_lot as
select
  [warehouse_id, product_id, coalesce(batch_id, '')] as key,
  {
    received: coalesce(sum(quantity) filter (where direction = 'in'), 0)::decimal(38, 6),
    shipped: coalesce(sum(quantity) filter (where direction = 'out'), 0)::decimal(38, 6),
    expires_on: min(expires_on::date),
    received_on: min(date) filter (where direction = 'in'),
    last_event_on: max(date)
  } as value
from warehouse_event
group by warehouse_id, product_id, coalesce(batch_id, '')
having
  key in (select key from live_warehouse_lot)
  or max(date) >= coalesce((select forgotten_before from retention where table_name = 'warehouse_lot'), max(date))
