-- Not a rule: the shelves that the rules about scales and counts read.
create or replace function ops.weighed_shelves(as_of timestamptz)
returns table (
  store_id text, product_id text, shelf_id text, capacity numeric, available numeric, units numeric, weight numeric,
  unit_weight numeric, weighed_at timestamptz
)
language sql stable as $$
  select
    shelf.store_id, shelf.product_id, shelves.shelf_id, shelves.capacity, shelf.available,
    round(shelf.last_weight / shelves.unit_weight, 1), shelf.last_weight, shelves.unit_weight, shelf.last_weight_at
  from state.shelf as shelf
  join ref.shelves using (store_id, product_id)
  where shelves.unit_weight > 0
    and shelf.last_weight_at > as_of - interval '1 day'
    and shelf.last_weight_at >= coalesce(greatest(shelf.last_pick_at, shelf.last_refill_at), '-infinity')
$$;
comment on function ops.weighed_shelves is
  'Shelves by their scales: those that were weighed after every other event of the shelf, within the last day.';
