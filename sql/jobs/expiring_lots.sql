-- Not a job: what the rules about expiry look at.
create or replace function ops.expiring_lots(until date)
returns table (store_id text, product_id text, batch_id text, expires_on date, on_hand numeric)
language sql stable as $$
  select lot.store_id, lot.product_id, lot.batch_id, lot.expires_on, lot.on_hand
  from (
    -- Customers buy what expires first: a lot is left where those that expire later don't make up what is on the shelf.
    select lots.store_id, lots.product_id
    from state.shelf_lot as lots
    join state.shelf as shelf using (store_id, product_id)
    where shelf.available > 0
    group by lots.store_id, lots.product_id, shelf.available
    having min(lots.expires_on) <= until
      and coalesce(sum(lots.refilled - lots.removed) filter (
        where lots.refilled > lots.removed and (lots.expires_on > until or lots.expires_on is null)
      ), 0) < shelf.available
  ) as near
  cross join lateral (
    select * from state.shelf_lot_live as live
    where live.store_id = near.store_id and live.product_id = near.product_id
  ) as lot
  where lot.on_hand > 0 and lot.expires_on <= until
$$;
comment on function ops.expiring_lots is 'Lots that are on a shelf and expire up to a day.';

create or replace function ops.near_expiry_days_max() returns integer
language sql stable as $$
  select max(near_expiry_days) from (
    select near_expiry_days from ref.policy_now union all select near_expiry_days from ref.policy_default
  ) as said
$$;
comment on function ops.near_expiry_days_max is 'The most days before its expiry that any policy calls near.';
