-- What the minute jobs decide and remember: plans, picks, discounts, removals, and how each job went. The jobs themselves
-- are functions in sql/jobs/, one file each, put in place by every `shelfline migrate`.

create table ops.minute_job (
  job text primary key,
  position integer not null unique,
  every interval not null default '1 minute',
  last_as_of timestamptz,
  last_changed bigint,
  last_ms numeric,
  last_finished_at timestamptz,
  last_error text,
  last_failed_at timestamptz,
  failures bigint not null default 0
);
comment on table ops.minute_job is 'The jobs that run every minute, in their order, and how each went last.';
comment on column ops.minute_job.job is 'The job: the function ops.<job>(as_of, limit_rows).';
comment on column ops.minute_job.position is 'Its place in the order.';
comment on column ops.minute_job.every is 'How much time passes between two runs, by the business clock: a job that looks through a lot runs less often.';
comment on column ops.minute_job.last_as_of is 'The instant that it was last run for.';
comment on column ops.minute_job.last_changed is 'Rows that it changed then.';
comment on column ops.minute_job.last_ms is 'Milliseconds that it took.';
comment on column ops.minute_job.last_finished_at is 'When it last ended well.';
comment on column ops.minute_job.last_error is 'Why its last run failed; null when it did not.';
comment on column ops.minute_job.last_failed_at is 'When it last failed.';
comment on column ops.minute_job.failures is 'How often it failed.';

insert into ops.minute_job (job, position, every) values
  ('settle_holds', 10, '1 minute'),
  ('declare_shrinkage', 20, '1 minute'),
  ('confirm_events', 30, '1 minute'),
  ('refill_shelves', 40, '1 minute'),
  ('remove_expired', 50, '10 minutes'),
  ('plan_restock', 60, '1 minute'),
  ('pick_restock', 70, '1 minute'),
  ('refresh_sales_rates', 80, '1 minute'),
  ('plan_supply', 90, '10 minutes'),
  ('discount_near_expiry', 100, '10 minutes'),
  ('observe_alerts', 110, '1 minute'),
  ('prune', 120, '1 hour');

create table state.sales_rate (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  rate_date date not null,
  units_per_day numeric not null,
  unit_price numeric not null,
  primary key (store_id, product_id)
) with (fillfactor = 70);
comment on table state.sales_rate is
  'What a product sells in a store on an average day, and for how much, over the four weeks before rate_date: what a gap on the shelf costs.';
comment on column state.sales_rate.rate_date is 'The store''s day before which was counted.';
comment on column state.sales_rate.units_per_day is 'Units sold per day on which the store sold anything, net of returns.';
comment on column state.sales_rate.unit_price is 'Money paid per unit.';

create table ops.restock_plan (
  plan_id text primary key,
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  warehouse_id text collate "C" not null,
  quantity numeric not null check (quantity > 0),
  available numeric not null,
  capacity numeric not null,
  status text not null default 'open' check (status in ('open', 'picked', 'refilled', 'cancelled')),
  is_short boolean not null default false,
  picked_quantity numeric not null default 0,
  planned_at timestamptz not null,
  picked_at timestamptz,
  closed_at timestamptz
);
comment on table ops.restock_plan is 'Shelves that are to be filled up from their warehouse; one at a time per store and product.';
comment on column ops.restock_plan.plan_id is 'Made from store, product and the instant of its cause.';
comment on column ops.restock_plan.quantity is 'Units to bring.';
comment on column ops.restock_plan.available is 'What the shelf should have held when it was planned.';
comment on column ops.restock_plan.capacity is 'What the shelf can hold.';
comment on column ops.restock_plan.status is 'open: not picked yet; picked: on its way; refilled; cancelled: the shelf had been filled otherwise.';
comment on column ops.restock_plan.is_short is 'The warehouse had less than was wanted.';
comment on column ops.restock_plan.picked_quantity is 'Units that were picked.';
comment on column ops.restock_plan.closed_at is 'When the refill came back through Kafka, or it was cancelled.';
create unique index restock_plan_one_open on ops.restock_plan (store_id, product_id) where closed_at is null;
create index restock_plan_to_pick on ops.restock_plan (planned_at, plan_id) where status = 'open';
create index restock_plan_closed on ops.restock_plan (closed_at) where closed_at is not null;

create table ops.restock_pick (
  event_id text primary key,
  plan_id text not null references ops.restock_plan on delete cascade,
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  warehouse_id text collate "C" not null,
  batch_id text collate "C" not null,
  expires_on date,
  quantity numeric not null check (quantity > 0),
  picked_at timestamptz not null,
  event_date date not null,
  applied_at timestamptz,
  refill_due_at timestamptz not null,
  refill_event_id text not null,
  refill_date date,
  refill_sent_at timestamptz,
  refilled_at timestamptz
);
comment on table ops.restock_pick is
  'What was picked for a plan, by lot: on its way out of the warehouse, then onto the shelf. Each step is an event through Kafka.';
comment on column ops.restock_pick.event_id is 'The warehouse event that takes it out.';
comment on column ops.restock_pick.batch_id is 'The lot; empty when nobody knows it.';
comment on column ops.restock_pick.event_date is 'The day of that event, under which it is remembered once it was applied.';
comment on column ops.restock_pick.applied_at is 'When the warehouse event was seen to have come back.';
comment on column ops.restock_pick.refill_due_at is 'When staff will have put it on the shelf.';
comment on column ops.restock_pick.refill_event_id is 'The shelf event that puts it on.';
comment on column ops.restock_pick.refill_date is 'The day of that event.';
comment on column ops.restock_pick.refill_sent_at is 'When that event was sent.';
comment on column ops.restock_pick.refilled_at is 'When that event was seen to have come back.';
create index restock_pick_plan on ops.restock_pick (plan_id);
create index restock_pick_leaving on ops.restock_pick (warehouse_id, product_id, batch_id) where applied_at is null;
create index restock_pick_due on ops.restock_pick (refill_due_at) where refill_sent_at is null;
create index restock_pick_arriving on ops.restock_pick (refill_sent_at) where refilled_at is null;

create table ops.supplier_plan (
  plan_id text primary key,
  warehouse_id text collate "C" not null,
  product_id text collate "C" not null,
  quantity numeric not null check (quantity > 0),
  on_hand numeric not null,
  reorder_point numeric not null,
  order_up_to numeric not null,
  received_before numeric not null,
  received_quantity numeric not null default 0,
  status text not null default 'open' check (status in ('open', 'received', 'short', 'lapsed')),
  planned_at timestamptz not null,
  due_at timestamptz not null,
  closed_at timestamptz
);
comment on table ops.supplier_plan is 'What suppliers are asked to deliver to warehouses; one at a time per warehouse and product.';
comment on column ops.supplier_plan.plan_id is 'Made from warehouse, product and the instant of its cause.';
comment on column ops.supplier_plan.quantity is 'Units asked for.';
comment on column ops.supplier_plan.on_hand is 'Units on hand, less what was picked, when it was planned.';
comment on column ops.supplier_plan.received_before is 'Units that the warehouse had received in all when it was planned.';
comment on column ops.supplier_plan.received_quantity is 'Units that came since.';
comment on column ops.supplier_plan.status is 'open; received in full; short: less came, and the time is over; lapsed: nothing came.';
comment on column ops.supplier_plan.due_at is 'When it is expected. A lead time later nobody waits any more, and what is missing is planned anew.';
create unique index supplier_plan_one_open on ops.supplier_plan (warehouse_id, product_id) where closed_at is null;
create index supplier_plan_closed on ops.supplier_plan (closed_at) where closed_at is not null;

create table ops.discount (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  batch_id text collate "C" not null,
  discount_date date not null,
  expires_on date not null,
  percent numeric not null,
  on_hand numeric not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  primary key (store_id, product_id, batch_id, discount_date)
);
comment on table ops.discount is 'Lots on shelves that are near their expiry, and by how much they are marked down on a day.';
comment on column ops.discount.discount_date is 'The store''s day.';
comment on column ops.discount.on_hand is 'Units of the lot that were on the shelf when the discount began.';
comment on column ops.discount.ended_at is 'When the lot was gone, or the day over.';
create index discount_running on ops.discount (store_id, product_id) where ended_at is null;
create index discount_ended on ops.discount (ended_at) where ended_at is not null;

create table ops.markdown (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  regular_price numeric not null,
  price numeric not null,
  percent numeric not null,
  changed_at timestamptz not null,
  primary key (store_id, product_id)
);
comment on table ops.markdown is 'Prices that are down because lots are near their expiry, and what they go back to.';

create table ops.removal (
  event_id text primary key,
  place text not null check (place in ('shelf', 'warehouse')),
  place_id text collate "C" not null,
  product_id text collate "C" not null,
  batch_id text collate "C" not null,
  expires_on date not null,
  quantity numeric not null check (quantity > 0),
  unit_price numeric,
  decided_at timestamptz not null,
  event_date date not null,
  applied_at timestamptz
);
comment on table ops.removal is 'Expired lots that were taken off shelves and out of warehouses as waste.';
comment on column ops.removal.place_id is 'The store or the warehouse.';
comment on column ops.removal.unit_price is 'What a unit sold for, where it is known: the worth of what was lost.';
comment on column ops.removal.applied_at is 'When the event was seen to have come back.';
create unique index removal_one_open on ops.removal (place, place_id, product_id, batch_id) where applied_at is null;
create index removal_applied on ops.removal (applied_at) where applied_at is not null;

create table ops.cycle_count (
  task_id bigint generated always as identity primary key,
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  shelf_id text,
  expected numeric not null,
  corrected_before numeric not null,
  reason text not null,
  opened_at timestamptz not null,
  closed_at timestamptz,
  outcome text check (outcome in ('counted', 'no longer needed'))
);
comment on table ops.cycle_count is 'Shelves that somebody should count, because what is said to be there does not sell.';
comment on column ops.cycle_count.expected is 'Units that the shelf should hold.';
comment on column ops.cycle_count.corrected_before is 'Sum of all corrections of the shelf before: a count changes it.';
comment on column ops.cycle_count.outcome is 'counted: a count came; no longer needed: it sold, or was put right otherwise.';
create unique index cycle_count_one_open on ops.cycle_count (store_id, product_id) where closed_at is null;
create index cycle_count_closed on ops.cycle_count (closed_at) where closed_at is not null;

-- What jobs write their events with.

create function ops.local_instant(instant timestamptz, time_zone text) returns text
language sql stable parallel safe
return to_char(instant at time zone time_zone, 'YYYY-MM-DD"T"HH24:MI:SS.MS')
  || case when instant at time zone time_zone < instant at time zone 'UTC' then '-' else '+' end
  || to_char(
    greatest(instant at time zone time_zone, instant at time zone 'UTC')
      - least(instant at time zone time_zone, instant at time zone 'UTC'),
    'HH24:MI');
comment on function ops.local_instant is 'An instant with the offset of a time zone, as events carry it: 2017-03-01T18:05:00.000-05:00.';

create function ops.decimal_text(quantity numeric) returns text
language sql immutable parallel safe
return trim_scale(round(quantity, 6))::text;
comment on function ops.decimal_text is 'A decimal as events carry it.';

create function ops.time_zone_of(place text) returns text
language sql stable parallel safe
return coalesce((select time_zone from ref.stores where store_id = place), 'UTC');
comment on function ops.time_zone_of is 'The time zone of a store; a place that is no store has UTC.';

create function ops.decision_id(kind text, variadic parts text[]) returns text
language sql immutable parallel safe
return kind || '-' || md5(array_to_string(parts, '/'));
comment on function ops.decision_id is 'An id that follows from what it is about: deciding the same thing again gives the same id.';

create function ops.envelope(event_id text, place text, as_of timestamptz, schema_version integer) returns jsonb
language sql stable parallel safe
return jsonb_build_object(
  'event_id', event_id,
  'source', 'shelfline/jobs',
  'schema_version', schema_version,
  'store_id', place,
  'event_at', ops.local_instant(as_of, ops.time_zone_of(place))
);
comment on function ops.envelope is 'What every event begins with, told in the place''s own time.';

-- Whether an event came back. Processors remember what they applied, in the transaction that holds its effects.
create function ops.was_applied(processor text, topic text, event_id text, event_date date) returns boolean
language sql stable parallel safe
return exists (
  select from state.event_ids as known
  where known.event_date = was_applied.event_date
    and known.event_key = state.event_key(was_applied.processor || '/' || was_applied.topic, was_applied.event_id)
);
comment on function ops.was_applied is 'Whether a processor has put the effects of an event into the live state.';

create table ops.sales_rate_day (
  store_id text collate "C" primary key,
  rate_date date not null
);
comment on table ops.sales_rate_day is 'For which of its days the sales rates of a store were counted last.';

-- What the rules about shrinkage and silent sensors look for among the baskets.
create index baskets_lost on state.basket (lost_at) where lost > 0;
create index baskets_unpicked on state.basket (last_event_at) where unpicked > 0;

-- The newest lines, for the rule about prices. They come nearly in the order of their time, so that this is all it takes.
create index sale_line_newest on state.sale_line using brin (sold_at) with (pages_per_range = 16);
