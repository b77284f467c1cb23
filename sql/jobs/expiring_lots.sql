-- Not a job: the lots that the rules about expiry read.
create or replace function ops.expiring_lots(until date)
returns table (store_id text, product_id text, batch_id text, expires_on date, on_hand numeric)
language sql stable as $$
  select lot.store_id, lot.product_id, lot.batch_id, lot.expires_on, lot.on_hand
  from (
    select distinct lots.store_id, lots.product_id
    from state.shelf_lot as lots
    join state.shelf as shelf using (store_id, product_id)
    where lots.expires_on <= until and lots.refilled > lots.removed and shelf.available > 0
  ) as near
  cross join lateral (
    select * from state.shelf_lot_live as live
    where live.store_id = near.store_id and live.product_id = near.product_id
    -- Keeps the planner from a join, for which it would read the lots of every shelf.
    offset 0
  ) as lot
  where lot.on_hand > 0 and lot.expires_on <= until
$$;
comment on function ops.expiring_lots is 'Lots on a shelf that expire up to a day.';

create or replace function ops.near_expiry_days_max() returns integer
language sql stable as $$
  select max(near_expiry_days) from (
    select near_expiry_days from ref.policy_now union all select near_expiry_days from ref.policy_default
  ) as said
$$;
comment on function ops.near_expiry_days_max is 'The highest near_expiry_days of all policies.';
