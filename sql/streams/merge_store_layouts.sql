-- Takes in where shelves are: the newest record per store and shelf counts, in whatever order they arrive.
-- $1: a JSON array of validated store_layouts records.
with record as (
  select distinct on (store_id, shelf_id)
    store_id, shelf_id, x, y, width, depth, level, aisle, coalesce(is_removed, false) as is_removed,
    coalesce(synthetic, false) as is_synthetic, event_at::timestamptz as recorded_at
  from rows from (json_to_recordset($1::json) as (
    store_id text collate "C", shelf_id text, x numeric, y numeric, width numeric, depth numeric, level integer, aisle text,
    is_removed boolean, synthetic boolean, event_at text
  )) with ordinality
  order by store_id, shelf_id, recorded_at desc, ordinality desc
),
newest as (
  insert into ref.store_layout as layout
    (store_id, shelf_id, x, y, width, depth, level, aisle, is_removed, is_synthetic, recorded_at)
  select store_id, shelf_id, x, y, width, depth, level, aisle, is_removed, is_synthetic, recorded_at
  from record order by store_id, shelf_id
  on conflict (store_id, shelf_id) do update set
    x = excluded.x, y = excluded.y, width = excluded.width, depth = excluded.depth, level = excluded.level,
    aisle = excluded.aisle, is_removed = excluded.is_removed, is_synthetic = excluded.is_synthetic,
    recorded_at = excluded.recorded_at, updated_at = excluded.updated_at
  where layout.recorded_at <= excluded.recorded_at
    and row(layout.x, layout.y, layout.width, layout.depth, layout.level, layout.aisle, layout.is_removed, layout.is_synthetic,
        layout.recorded_at)
      is distinct from
      row(excluded.x, excluded.y, excluded.width, excluded.depth, excluded.level, excluded.aisle, excluded.is_removed,
        excluded.is_synthetic, excluded.recorded_at)
  returning store_id
)
select count(*) as new from newest
