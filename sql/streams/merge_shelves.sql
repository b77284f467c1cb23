-- Takes in shelf profiles: the newest per store and product counts, in whatever order they come. A profile makes its
-- shelf's row in the live state: a shelf that was never filled is an empty shelf.
-- $1: a JSON array of validated shelf_profiles records.
with record as (
  select distinct on (store_id, product_id)
    store_id, product_id, shelf_id, capacity, unit_weight, warehouse_id, event_at::timestamptz as recorded_at
  from rows from (json_to_recordset($1::json) as (
    store_id text collate "C", product_id text collate "C", shelf_id text, capacity numeric, unit_weight numeric,
    warehouse_id text collate "C", event_at text
  )) with ordinality
  order by store_id, product_id, recorded_at desc, ordinality desc
),
newest as (
  insert into ref.shelves as shelf
    (store_id, product_id, shelf_id, capacity, unit_weight, warehouse_id, recorded_at)
  select store_id, product_id, shelf_id, capacity, unit_weight, warehouse_id, recorded_at
  from record order by store_id, product_id
  on conflict (store_id, product_id) do update set
    shelf_id = excluded.shelf_id, capacity = excluded.capacity, unit_weight = excluded.unit_weight,
    warehouse_id = excluded.warehouse_id, recorded_at = excluded.recorded_at, updated_at = excluded.updated_at
  where shelf.recorded_at <= excluded.recorded_at
    and row(shelf.shelf_id, shelf.capacity, shelf.unit_weight, shelf.warehouse_id, shelf.recorded_at)
      is distinct from
      row(excluded.shelf_id, excluded.capacity, excluded.unit_weight, excluded.warehouse_id, excluded.recorded_at)
  returning store_id, product_id
),
empty_shelf as (
  insert into state.shelf (store_id, product_id)
  select store_id, product_id from newest order by store_id, product_id
  on conflict do nothing
)
select count(*) as new from newest
