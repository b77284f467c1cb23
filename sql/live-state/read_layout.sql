-- The shelves of a store with their places, to be edited; with the instant that a change is dated. $1 store, $2 at most.
with shelf as materialized (
  select
    shelf_id,
    string_agg(coalesce(products.name, product_id), ', ' order by product_id) as products,
    max(layout.recorded_at) as recorded_at,
    max(case when layout.store_id is not null and not layout.is_removed then json_build_object(
      'x', layout.x, 'y', layout.y, 'width', layout.width, 'depth', layout.depth, 'level', layout.level, 'aisle', layout.aisle
    )::text end)::json as place
  from ref.shelves
  left join ref.products using (product_id)
  left join ref.store_layout as layout using (store_id, shelf_id)
  where store_id = $1
  group by shelf_id
  order by shelf_id
  limit $2
)
select
  coalesce(json_agg(json_build_object('shelfId', shelf_id, 'products', products, 'place', place) order by shelf_id), '[]') as shelves,
  -- Changes with every record, so that a person who has not seen the newest saves nothing.
  left(md5(coalesce(string_agg(concat_ws('/', shelf_id, recorded_at, place::text), ',' order by shelf_id), '')), 16) as version,
  ops.local_instant(
    greatest(ops.now(), max(recorded_at) + interval '1 millisecond'), ops.time_zone_of($1)
  ) as "at",
  extract(epoch from greatest(ops.now(), max(recorded_at) + interval '1 millisecond'))::float8 * 1000 as "atMs"
from shelf
