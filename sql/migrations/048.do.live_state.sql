-- Live state of shelves, baskets, lots and warehouses; the outbox; the clock of a simulation.
-- Every quantity here is a sum of what events said, so that their order does not matter and the state can be recomputed.
-- What depends on the time that passes (taken, lost) is derived by jobs from these sums and the time they are given.

create table ops.clock (
  is_only boolean primary key default true check (is_only),
  simulated_now timestamptz not null,
  speed numeric not null check (speed > 0),
  run_id text not null,
  seed bigint not null
);
comment on table ops.clock is 'The clock of the simulation that runs, at most one row; no row: the real clock holds.';
comment on column ops.clock.simulated_now is 'What time it is in the simulated world; whoever drives the simulation moves it on.';
comment on column ops.clock.speed is 'Simulated seconds per real second, as asked for.';
comment on column ops.clock.run_id is 'The run of the simulation.';
comment on column ops.clock.seed is 'What the run was made from: the same seed gives the same events.';

create function ops.now() returns timestamptz
language sql volatile parallel restricted
return coalesce((select simulated_now from ops.clock), clock_timestamp());
comment on function ops.now is 'What time it is for the business: the simulated clock when a simulation runs, else the real one.';

create table ops.outbox (
  outbox_id bigint generated always as identity primary key,
  topic text not null,
  key text not null,
  payload jsonb not null,
  emitted_at timestamptz not null default ops.now()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
comment on table ops.outbox is
  'Messages to Kafka, written in the transaction of what they tell. The stream worker sends them in order and deletes what was sent: at least once.';
comment on column ops.outbox.topic is 'Name of the topic in the catalogue, without a suffix.';
comment on column ops.outbox.key is 'The message key.';
comment on column ops.outbox.payload is 'The message, JSON.';
comment on column ops.outbox.emitted_at is 'The message''s timestamp in Kafka, its known_at: simulated when a simulation runs.';

create function ops.emit(topic text, key text, payload jsonb) returns void
language sql volatile
begin atomic
  insert into ops.outbox (topic, key, payload) values (emit.topic, emit.key, emit.payload);
end;
comment on function ops.emit is 'Sends a message to Kafka if and when this transaction commits.';

create table ref.shelves (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  shelf_id text not null,
  capacity numeric not null check (capacity >= 0),
  unit_weight numeric check (unit_weight >= 0),
  warehouse_id text collate "C" not null,
  recorded_at timestamptz not null,
  updated_at timestamptz not null default now(),
  primary key (store_id, product_id)
);
create index shelves_by_warehouse on ref.shelves (warehouse_id, product_id);
comment on table ref.shelves is 'The home shelf of each product in each store; the newest record of shelf_profiles.';
comment on column ref.shelves.capacity is 'Units that the shelf holds.';
comment on column ref.shelves.unit_weight is 'Kilograms of one unit; null where nothing weighs.';
comment on column ref.shelves.warehouse_id is 'The warehouse that refills it.';
comment on column ref.shelves.recorded_at is 'When the record holds from; a newer one replaces it.';

create table state.shelf (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  refilled numeric not null default 0,
  removed numeric not null default 0,
  corrected numeric not null default 0,
  picked numeric not null default 0,
  unpicked_sales numeric not null default 0,
  available numeric not null generated always as (refilled - removed + corrected - picked - unpicked_sales) stored,
  last_weight numeric,
  last_weight_at timestamptz,
  last_refill_at timestamptz,
  last_pick_at timestamptz,
  last_sale_at timestamptz,
  updated_at timestamptz not null default now(),
  primary key (store_id, product_id)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
comment on table state.shelf is 'Each shelf as sums of what happened at it. A profile makes its shelf''s row, so that an empty shelf is one.';
comment on column state.shelf.refilled is 'Units that staff put on.';
comment on column state.shelf.removed is 'Units that staff took off: expired, damaged.';
comment on column state.shelf.corrected is 'Sum of the corrections of counts.';
comment on column state.shelf.picked is 'Units that customers picked up, less those that they put back.';
comment on column state.shelf.unpicked_sales is 'Units sold that nobody was seen picking up: over all baskets the part of the sale that exceeds the pickups.';
comment on column state.shelf.available is 'Units on the shelf, not in anybody''s hands.';
comment on column state.shelf.last_weight is 'Kilograms on the shelf at last_weight_at.';
comment on column state.shelf.last_weight_at is 'When the shelf was last weighed (event time, as all of these).';
comment on column state.shelf.last_refill_at is 'When staff last put goods on it.';
comment on column state.shelf.last_pick_at is 'When a customer last picked from it.';
comment on column state.shelf.last_sale_at is 'When it was last sold from.';

create table state.basket (
  visit_date date not null,
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  customer_id text collate "C" not null,
  picked numeric not null,
  sold numeric not null,
  unpicked numeric not null generated always as (greatest(sold - greatest(picked, 0), 0)) stored,
  last_pick_at timestamptz,
  last_event_at timestamptz not null,
  taken_at timestamptz,
  lost numeric not null default 0,
  lost_at timestamptz,
  primary key (visit_date, store_id, product_id, customer_id)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
create index baskets_held on state.basket (store_id, product_id, last_pick_at) where picked > sold and taken_at is null;
create index baskets_unpaid on state.basket (last_event_at) where picked > sold and lost_at is null;
comment on table state.basket is
  'What a customer picked up and paid of a product on a day. A day''s visits of one customer are one; a visit over midnight is two. Kept until state.forget_baskets.';
comment on column state.basket.visit_date is 'The store''s day.';
comment on column state.basket.customer_id is 'The customer; empty for all those who are not known, together.';
comment on column state.basket.picked is 'Units picked up less units put back.';
comment on column state.basket.sold is 'Units paid for; returns are not taken off, they do not come back to the shelf.';
comment on column state.basket.unpicked is 'Units paid for that nobody was seen picking up.';
comment on column state.basket.last_pick_at is 'The last pickup (event time).';
comment on column state.basket.last_event_at is 'The last pickup, putback or sale (event time).';
comment on column state.basket.taken_at is 'When what is picked and not paid counts as taken, no longer held; a job sets it, a later pickup clears it.';
comment on column state.basket.lost is 'Units that were picked and not paid within the visit: shrinkage. A job sets it; any later news of the basket clears it for the job to decide anew.';
comment on column state.basket.lost_at is 'When the job decided about lost; null while the visit is open.';

create table state.shelf_lot (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  batch_id text collate "C" not null,
  refilled numeric not null,
  removed numeric not null,
  expires_on date,
  received_on date,
  last_event_on date not null,
  updated_at timestamptz not null default now(),
  primary key (store_id, product_id, batch_id)
) with (fillfactor = 80);
create index shelf_lots_by_expiry on state.shelf_lot (expires_on);
comment on table state.shelf_lot is 'Lots that staff put on shelves and took off; what customers took is in nobody''s lot, see shelf_lot_live.';
comment on column state.shelf_lot.batch_id is 'The lot; empty where staff did not say.';
comment on column state.shelf_lot.expires_on is 'The earliest expiry date that was told for the lot.';
comment on column state.shelf_lot.received_on is 'The day on which it was first put on the shelf.';
comment on column state.shelf_lot.last_event_on is 'The last day on which staff did something with it.';

create table state.warehouse (
  warehouse_id text collate "C" not null,
  product_id text collate "C" not null,
  received numeric not null,
  shipped numeric not null,
  on_hand numeric not null generated always as (received - shipped) stored,
  last_received_at timestamptz,
  last_shipped_at timestamptz,
  updated_at timestamptz not null default now(),
  primary key (warehouse_id, product_id)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
comment on table state.warehouse is 'What each warehouse has of each product.';
comment on column state.warehouse.received is 'Units that came in, for whatever reason.';
comment on column state.warehouse.shipped is 'Units that went out, for whatever reason.';
comment on column state.warehouse.on_hand is 'Units in the warehouse.';

create table state.warehouse_lot (
  warehouse_id text collate "C" not null,
  product_id text collate "C" not null,
  batch_id text collate "C" not null,
  received numeric not null,
  shipped numeric not null,
  on_hand numeric not null generated always as (received - shipped) stored,
  expires_on date,
  received_on date,
  last_event_on date not null,
  updated_at timestamptz not null default now(),
  primary key (warehouse_id, product_id, batch_id)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
create index warehouse_lots_by_expiry on state.warehouse_lot (expires_on);
comment on table state.warehouse_lot is 'What each warehouse has of each lot, as far as its events name the lot.';
comment on column state.warehouse_lot.batch_id is 'The lot; empty where the event did not say: then on_hand may be negative, see warehouse_lot_live.';
comment on column state.warehouse_lot.on_hand is 'Units of the lot in the warehouse.';
comment on column state.warehouse_lot.expires_on is 'The earliest expiry date that was told for the lot.';
comment on column state.warehouse_lot.received_on is 'The day on which it first came in.';
comment on column state.warehouse_lot.last_event_on is 'The last day on which it moved.';

create view state.shelf_live as
select
  shelf.store_id,
  shelf.product_id,
  ref.shelf_id,
  ref.warehouse_id,
  shelf.available,
  coalesce(hold.units, 0) as held,
  shelf.available + coalesce(hold.units, 0) as on_shelf,
  ref.capacity,
  round((shelf.available + coalesce(hold.units, 0)) / nullif(ref.capacity, 0), 4) as fill_ratio,
  shelf.last_weight,
  shelf.last_weight_at,
  round(shelf.last_weight / nullif(ref.unit_weight, 0), 3) as weighed_units,
  shelf.last_refill_at,
  shelf.last_pick_at,
  shelf.last_sale_at,
  shelf.updated_at
from state.shelf as shelf
left join ref.shelves as ref using (store_id, product_id)
left join (
  select store_id, product_id, sum(picked - sold) as units
  from state.basket
  where picked > sold and taken_at is null
  group by store_id, product_id
) as hold using (store_id, product_id);
comment on view state.shelf_live is 'Every shelf as it is now.';
comment on column state.shelf_live.shelf_id is 'The home shelf; null for a product without a profile in this store.';
comment on column state.shelf_live.available is 'Units on the shelf, not in anybody''s hands.';
comment on column state.shelf_live.held is 'Units picked up a moment ago, that may come back.';
comment on column state.shelf_live.on_shelf is 'available + held.';
comment on column state.shelf_live.fill_ratio is 'on_shelf ÷ capacity; null without a capacity.';
comment on column state.shelf_live.weighed_units is 'Units by the last weight: last_weight ÷ the weight of a unit.';

-- What left without a lot (customers took it, a count missed it) is taken from the lots, first expired first out: of the
-- lots in that order, those before the outflow's end are empty, the one that it ends in is partly there.
create view state.shelf_lot_live as
with lot as (
  select
    shelf_lot.*,
    greatest(refilled - removed, 0) as supply,
    sum(greatest(refilled - removed, 0)) over lots as supplied,
    sum(greatest(refilled - removed, 0)) over (partition by store_id, product_id) as supplied_in_all
  from state.shelf_lot
  window lots as (partition by store_id, product_id order by expires_on nulls last, received_on nulls last, batch_id)
)
select
  store_id,
  product_id,
  batch_id,
  greatest(least(supply, supplied - (supplied_in_all - shelf.available)), 0) as on_hand,
  lot.refilled,
  lot.removed,
  expires_on,
  received_on,
  last_event_on
from lot
join state.shelf as shelf using (store_id, product_id);
comment on view state.shelf_lot_live is 'What is on the shelf of each lot: customers are taken to buy what expires first.';
comment on column state.shelf_lot_live.on_hand is 'Units of the lot on the shelf.';

create view state.warehouse_lot_live as
with lot as (
  select
    warehouse_lot.*,
    greatest(on_hand, 0) as supply,
    sum(greatest(on_hand, 0)) over lots as supplied,
    sum(greatest(on_hand, 0)) over (partition by warehouse_id, product_id) as supplied_in_all
  from state.warehouse_lot
  window lots as (partition by warehouse_id, product_id order by expires_on nulls last, received_on nulls last, batch_id)
)
select
  warehouse_id,
  product_id,
  batch_id,
  greatest(least(supply, supplied - (supplied_in_all - warehouse.on_hand)), 0) as on_hand,
  lot.received,
  lot.shipped,
  expires_on,
  received_on,
  last_event_on
from lot
join state.warehouse as warehouse using (warehouse_id, product_id);
comment on view state.warehouse_lot_live is 'What a warehouse has of each lot; what left without a lot is taken from what expires first.';
comment on column state.warehouse_lot_live.on_hand is 'Units of the lot in the warehouse.';

create view state.warehouse_live as
select
  warehouse_id,
  product_id,
  warehouse.on_hand,
  coalesce(lot.lots, 0) as lots,
  lot.next_expires_on,
  warehouse.last_received_at,
  warehouse.last_shipped_at,
  warehouse.updated_at
from state.warehouse as warehouse
left join (
  select warehouse_id, product_id, count(*) as lots, min(expires_on) as next_expires_on
  from state.warehouse_lot_live
  where on_hand > 0
  group by warehouse_id, product_id
) as lot using (warehouse_id, product_id);
comment on view state.warehouse_live is 'Every product of every warehouse as it is now.';
comment on column state.warehouse_live.lots is 'Lots of which something is there.';
comment on column state.warehouse_live.next_expires_on is 'The first expiry date among them.';

create table state.retention (
  table_name text primary key,
  forgotten_before date not null
);
comment on table state.retention is 'Up to which day live state was forgotten; what is older is not held against the raw lake.';
comment on column state.retention.forgotten_before is 'The first day that is kept.';

create function state.forget_baskets(before date, rows_max integer) returns integer
language plpgsql as $$
declare
  forgotten integer;
begin
  insert into state.retention values ('basket', before)
  on conflict (table_name) do update set forgotten_before = greatest(retention.forgotten_before, excluded.forgotten_before);
  delete from state.basket
  where (visit_date, store_id, product_id, customer_id) in (
    select visit_date, store_id, product_id, customer_id from state.basket where visit_date < before limit rows_max
  );
  get diagnostics forgotten = row_count;
  return forgotten;
end
$$;
comment on function state.forget_baskets is
  'Deletes baskets of days before the given one, so many at most, and returns how many. Their sales stay in the shelves'' sums; an event of such a day that comes later counts as a basket of its own.';

create function state.forget_lots(before date, rows_max integer) returns integer
language plpgsql as $$
declare
  of_shelves integer;
  of_warehouses integer;
begin
  insert into state.retention values ('shelf_lot', before), ('warehouse_lot', before)
  on conflict (table_name) do update set forgotten_before = greatest(retention.forgotten_before, excluded.forgotten_before);
  delete from state.shelf_lot
  where last_event_on < before and (store_id, product_id, batch_id) in (
    select store_id, product_id, batch_id from state.shelf_lot_live
    where on_hand = 0 and last_event_on < before and batch_id <> '' limit rows_max
  );
  get diagnostics of_shelves = row_count;
  delete from state.warehouse_lot
  where on_hand = 0 and last_event_on < before and (warehouse_id, product_id, batch_id) in (
    select warehouse_id, product_id, batch_id from state.warehouse_lot
    where on_hand = 0 and last_event_on < before and batch_id <> '' limit rows_max
  );
  get diagnostics of_warehouses = row_count;
  return of_shelves + of_warehouses;
end
$$;
comment on function state.forget_lots is
  'Deletes lots that are used up and did not move since the given day, so many of shelves and of warehouses at most, and returns how many.';
