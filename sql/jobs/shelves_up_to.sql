-- Not a job: low shelves, for the job and the rules that read them.
-- It is a function because of its row estimate: from the condition alone the planner expects a third of all shelves to
-- be low, and reads every policy and every sales rate for them. With 500,000 shelves that took 1.3 s instead of 0.4.
create or replace function ops.shelves_up_to(share numeric)
returns table (
  store_id text, product_id text, shelf_id text, warehouse_id text, capacity numeric, available numeric,
  last_sale_at timestamptz, last_refill_at timestamptz
)
language plpgsql stable rows 2000 as $$
begin
  return query
  select
    shelf.store_id, shelf.product_id, shelves.shelf_id, shelves.warehouse_id, shelves.capacity, shelf.available,
    shelf.last_sale_at, shelf.last_refill_at
  from state.shelf as shelf
  join ref.shelves using (store_id, product_id)
  where shelf.available <= share * shelves.capacity and shelves.capacity > 0;
end
$$;
comment on function ops.shelves_up_to is 'Shelves that hold at most this share of their capacity.';

create or replace function ops.restock_below_max() returns numeric
language sql stable as $$
  select max(restock_below) from (
    select restock_below from ref.policy_now union all select restock_below from ref.policy_default
  ) as said
$$;
comment on function ops.restock_below_max is 'The highest fill ratio at which any policy restocks.';
