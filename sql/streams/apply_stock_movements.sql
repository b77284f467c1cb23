-- Keeps a batch of stock movements for some days. $1: a JSON array of validated inventory_updates. One with the reason `sale`
-- moves nothing, for the sale did; it is known by the sale and counts as applied.
with kept as materialized (
  select coalesce(max(forgotten_before), '-infinity') as since from state.retention where table_name = 'stock_movement'
),
movement as materialized (
  select left(event_at, 10)::date as moved_on, state.event_key('inventory_updates', event_id) as event_key, *
  from rows from (json_to_recordset($1::json) as (
    event_id text, event_at text, store_id text, product_id text, quantity_change numeric, reason text
  )) with ordinality
),
inserted as (
  insert into state.stock_movement (moved_on, event_key, store_id, product_id, moved_at, quantity)
  select distinct on (moved_on, event_key)
    moved_on, event_key, store_id, product_id, event_at::timestamptz, quantity_change
  from movement
  join kept on moved_on >= since
  where reason <> 'sale'
  order by moved_on, event_key, ordinality
  on conflict (moved_on, event_key) do nothing
  returning 1
)
select
  (select count(*) from inserted) + (select count(*) from movement where reason = 'sale') as applied,
  (select count(*) from movement join kept on moved_on < since where reason <> 'sale') as late
