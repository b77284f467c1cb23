-- Sales and foot traffic in windows of event time, of five minutes and of an hour, per store and per store and product.
-- When a window is closed, and what is late, follows from watermarks; docs/decisions/0050 says why it is done like this.

create table ops.window_rules (
  is_only boolean primary key default true check (is_only),
  allowed_lateness interval not null default '5 minutes' check (allowed_lateness >= interval '0'),
  idle_after interval not null default '10 minutes' check (idle_after > interval '0'),
  window_days integer not null default 2 check (window_days between 1 and 366),
  hour_days integer not null default 35,
  line_days integer not null default 7 check (line_days between 1 and 366),
  order_days integer not null default 35 check (order_days between 1 and 3660),
  constraint hours_are_kept_longest check (hour_days between window_days and 3660)
);
insert into ops.window_rules default values;
comment on table ops.window_rules is
  'How windows close and how long live sales are kept: one row, changed with `update`. Here and not in the environment, because all workers must agree.';
comment on column ops.window_rules.allowed_lateness is 'A window is closed when an event this much younger than its end was seen.';
comment on column ops.window_rules.idle_after is 'A partition that has been silent for this long moves on by the clock.';
comment on column ops.window_rules.window_days is 'Days that five-minute windows are kept behind the watermark; for so long a late event corrects its windows.';
comment on column ops.window_rules.hour_days is 'Days that hourly windows are kept.';
comment on column ops.window_rules.line_days is 'Days that enriched sale lines, and the prices and movements beside them, are kept.';
comment on column ops.window_rules.order_days is 'Days that a finished online order is kept.';

create table ops.stream_watermark (
  processor text not null,
  topic text not null,
  partition integer not null,
  watermark timestamptz not null,
  active_at timestamptz not null,
  primary key (processor, topic, partition)
) with (fillfactor = 50);
comment on table ops.stream_watermark is
  'How far each partition is in event time: nothing older is expected from it. Advanced in the transaction of the batch.';
comment on column ops.stream_watermark.watermark is 'The newest event_at that was seen, less the allowed lateness; it never goes back.';
comment on column ops.stream_watermark.active_at is 'When the newest message that was read reached Kafka.';

create function ops.low_watermark(of_processor text, as_of timestamptz, of_topic text default null) returns timestamptz
language sql stable
begin atomic
  select min(watermark + greatest(as_of - active_at - idle_after, interval '0'))
  from ops.stream_watermark
  cross join ops.window_rules
  where processor = of_processor and topic = coalesce(of_topic, topic);
end;
comment on function ops.low_watermark is
  'The lowest watermark of a processor''s partitions, of one topic or of all. A partition that has been silent moves on at the pace of the clock; one that was never heard of is left out. Null when none was.';

create table state.window_event (
  event_day date not null,
  event_key uuid not null,
  primary key (event_day, event_key)
) partition by range (event_day);
comment on table state.window_event is 'The events that the windows are made from, so that a second copy is a duplicate. As long as five-minute windows are kept.';
comment on column state.window_event.event_day is 'The UTC day on which the event''s hour began.';

create table state.sales_window (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  window_start timestamptz not null,
  local_start timestamp not null,
  units numeric not null,
  revenue numeric not null,
  returned_units numeric not null,
  returned_revenue numeric not null,
  lines integer not null,
  transaction_keys bigint[] not null,
  transactions integer not null generated always as (cardinality(transaction_keys)) stored,
  entries integer not null,
  exits integer not null,
  updated_at timestamptz not null default now(),
  primary key (store_id, product_id, window_start)
) partition by range (window_start);
comment on table state.sales_window is 'Sales and foot traffic in windows of five minutes. Kept for some days: state.sales_hour is there for longer.';

-- The table of that name that sales_state kept had the stores' sums only; those are the rows without a product now.
drop view bi.live_sales_hour;
drop table state.sales_hour;
create table state.sales_hour (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  window_start timestamptz not null,
  local_start timestamp not null,
  units numeric not null,
  revenue numeric not null,
  returned_units numeric not null,
  returned_revenue numeric not null,
  lines integer not null,
  transactions integer not null,
  entries integer not null,
  exits integer not null,
  updated_at timestamptz not null default now(),
  primary key (store_id, product_id, window_start)
) partition by range (window_start);
comment on table state.sales_hour is 'Sales and foot traffic in windows of an hour.';

do $$
declare
  target text;
begin
  foreach target in array array['sales_window', 'sales_hour'] loop
    execute format($comments$
      comment on column state.%1$I.product_id is 'The product; empty for the store as a whole.';
      comment on column state.%1$I.window_start is 'Where the window begins; it is cut on the store''s clock.';
      comment on column state.%1$I.local_start is 'The same on the store''s clock.';
      comment on column state.%1$I.units is 'Units sold less units returned.';
      comment on column state.%1$I.revenue is 'Money paid less money paid back.';
      comment on column state.%1$I.returned_units is 'Units returned.';
      comment on column state.%1$I.returned_revenue is 'Money paid back.';
      comment on column state.%1$I.lines is 'Lines sold or returned.';
      comment on column state.%1$I.transactions is 'Different transactions with a line in the window.';
      comment on column state.%1$I.entries is 'People who came in, by intervals that begin in the window; only for the store as a whole.';
      comment on column state.%1$I.exits is 'People who left.';
    $comments$, target);
  end loop;
end
$$;
comment on column state.sales_window.transaction_keys is
  'Hashes of the transactions, so that each counts once: a handful a window, gone with the window.';

create view state.sales_window_live as
select
  windows.window_minutes,
  windows.store_id,
  nullif(windows.product_id, '') as product_id,
  windows.window_start,
  windows.window_start + make_interval(mins => windows.window_minutes) as window_end,
  windows.local_start,
  windows.units,
  windows.revenue,
  windows.returned_units,
  windows.returned_revenue,
  windows.lines,
  windows.transactions,
  windows.entries,
  windows.exits,
  round(windows.units * 60 / windows.window_minutes, 3) as units_per_hour,
  round(windows.transactions / nullif(windows.entries, 0)::numeric, 4) as conversion,
  coalesce(
    windows.window_start + make_interval(mins => windows.window_minutes)
      <= (select ops.low_watermark('sales_windows', ops.now())),
    false
  ) as is_closed,
  windows.updated_at
from (
  select
    5 as window_minutes, store_id, product_id, window_start, local_start, units, revenue, returned_units,
    returned_revenue, lines, transactions, entries, exits, updated_at
  from state.sales_window
  union all
  select
    60, store_id, product_id, window_start, local_start, units, revenue, returned_units, returned_revenue, lines,
    transactions, entries, exits, updated_at
  from state.sales_hour
) as windows;
comment on view state.sales_window_live is 'The windows of both sizes, with what follows from their sums.';
comment on column state.sales_window_live.window_minutes is '5 or 60.';
comment on column state.sales_window_live.product_id is 'The product; null for the store as a whole.';
comment on column state.sales_window_live.units_per_hour is 'Velocity: units per hour, as if the window were full. Of an open window it is what it is so far.';
comment on column state.sales_window_live.conversion is 'Transactions per person who came in; null where nobody was counted.';
comment on column state.sales_window_live.is_closed is 'Whether all that was to be expected is in: what still comes is late, and corrects the window.';

create view bi.live_sales_hour with (security_invoker = true) as
select
  dim_store.store_key,
  sales_hour.local_start::date as sale_date,
  sales_hour.local_start as sale_hour,
  sales_hour.lines,
  sales_hour.units as quantity,
  sales_hour.revenue as net_amount,
  sales_hour.returned_units as returned_quantity,
  sales_hour.returned_revenue as returned_amount,
  sales_hour.transactions,
  sales_hour.entries,
  sales_hour.updated_at at time zone 'UTC' as updated_at
from state.sales_hour
join analytics.dim_store on dim_store.store_id = sales_hour.store_id and dim_store.is_current
where sales_hour.product_id = '';
comment on view bi.live_sales_hour is 'Sales per store and hour as the streams keep them, before any batch: for DirectQuery on today. The last weeks; history is in fact_sales.';
comment on column bi.live_sales_hour.store_key is 'Current version of the store.';
comment on column bi.live_sales_hour.sale_date is 'The store''s day.';
comment on column bi.live_sales_hour.sale_hour is 'Start of the hour on the store''s clock.';
comment on column bi.live_sales_hour.lines is 'Lines sold or returned.';
comment on column bi.live_sales_hour.quantity is 'Units sold less units returned.';
comment on column bi.live_sales_hour.net_amount is 'Revenue less what was paid back.';
comment on column bi.live_sales_hour.returned_quantity is 'Units returned.';
comment on column bi.live_sales_hour.returned_amount is 'Money paid back.';
comment on column bi.live_sales_hour.transactions is 'Baskets or invoices.';
comment on column bi.live_sales_hour.entries is 'People who came in; 0 where nobody counts.';
comment on column bi.live_sales_hour.updated_at is 'When the row was last written, UTC: the column to detect changes by.';

alter table state.sales_hour enable row level security;
create policy own_stores on state.sales_hour for select to bi_reader
  using ((select ref.sees_everything()) or store_id in (select ref.visible_store_ids()));
create policy application on state.sales_hour to shelfline_app using (true) with check (true);
grant select on state.sales_hour to bi_reader;

-- Days are attached, not created as partitions, so that writers of other days go on meanwhile. The lock at the start
-- makes whoever drops days wait until this transaction has written what it is about to write.
create function state.ensure_days(parents text[], dates date[]) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  parent text;
  day date;
  child text;
  kept_from date;
begin
  foreach parent in array parents loop
    execute format('lock table only state.%I in row exclusive mode', parent);
    select coalesce(max(forgotten_before), '-infinity') into kept_from from state.retention where table_name = parent;
    -- A store's day lies on up to three days of UTC.
    for day in
      select distinct date + shift from unnest(dates) as date, generate_series(-1, 1) as shift
      where date + shift >= kept_from order by 1
    loop
      child := format('%s_%s', parent, to_char(day, 'YYYY_MM_DD'));
      continue when to_regclass(format('state.%I', child)) is not null;
      perform pg_advisory_xact_lock(731204120);
      continue when exists (select from pg_class where relname = child and relnamespace = 'state'::regnamespace);
      execute format('create table state.%I (like state.%I including all) with (fillfactor = 80)', child, parent);
      execute format(
        'alter table state.%I attach partition state.%I for values from (%L) to (%L)',
        parent, child, format('%s 00:00:00+00', day), format('%s 00:00:00+00', day + 1)
      );
    end loop;
  end loop;
end;
$$;
comment on function state.ensure_days is
  'Makes the daily partitions that events of the given stores'' days need, except of days that were forgotten, and keeps them from being dropped until the transaction ends.';

create function state.drop_days(parent text, before date, days_max integer) returns integer
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  child regclass;
  dropped integer := 0;
begin
  if not exists (
    select from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent = format('state.%I', parent)::regclass and to_date(right(relname, 10), 'YYYY_MM_DD') < before
  ) then
    return 0;
  end if;
  -- Readers and writers are not made to wait behind this for long; the job's next turn tries again.
  set local lock_timeout = '3s';
  execute format('lock table only state.%I in access exclusive mode', parent);
  insert into state.retention values (parent, before)
  on conflict (table_name) do update set forgotten_before = greatest(retention.forgotten_before, excluded.forgotten_before);
  for child in
    select inhrelid::regclass from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent = format('state.%I', parent)::regclass and to_date(right(relname, 10), 'YYYY_MM_DD') < before
    order by relname limit days_max
  loop
    execute format('drop table %s', child);
    dropped := dropped + 1;
  end loop;
  return dropped;
end;
$$;
comment on function state.drop_days is 'Forgets the days before the given one: drops so many partitions at most, the oldest first, and returns how many.';

create function ops.prune_windows(as_of timestamptz, row_limit integer)
  returns table (relation text, days_dropped integer, rows_deleted bigint) language plpgsql as $$
declare
  rules ops.window_rules;
  frontier timestamptz;
  today date;
begin
  select * into rules from ops.window_rules;
  -- The clock alone forgets nothing: a worker that stood still finds its windows as it left them.
  select ops.low_watermark('sales_windows', least(as_of, max(active_at))) into frontier
  from ops.stream_watermark where processor = 'sales_windows';
  today := (least(frontier, as_of) at time zone 'UTC')::date;
  if today is null then
    return;
  end if;
  return query
  select target, state.drop_days(target, today - days, row_limit), 0::bigint
  from (values
    (1, 'window_event', rules.window_days),
    (2, 'sales_window', rules.window_days),
    (3, 'sales_hour', rules.hour_days)
  ) as forget (turn, target, days)
  order by turn;
end;
$$;
comment on function ops.prune_windows is
  'Forgets windows that are older than ops.window_rules keeps them, counted from the watermark, never from the clock alone; at most row_limit days of a table.';

revoke execute on function
  state.ensure_days(text[], date[]), state.drop_days(text, date, integer), ops.prune_windows(timestamptz, integer)
from public;
