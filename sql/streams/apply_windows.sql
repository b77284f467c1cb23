-- Adds a batch of sale lines or foot traffic to its windows. $1: their topic; $2: their partition; $3: when each reached
-- Kafka, milliseconds since the epoch; $4 to $14: columns of validated events, a line an event; what the topic does not
-- have is null.
--
-- Whether an event is late is a question to the log, not to this worker: the watermark that held when the message
-- reached Kafka follows from the messages before it, so that it does not matter how the log is cut into batches or how
-- long a worker was stopped. With c(j) the newest that message j lets us expect (its event time less the allowed
-- lateness) and s(j) the silence beyond the bound summed up to j, the watermark after i is s(i) + max(c(j) − s(j)), j ≤ i.
with rules as materialized (
  -- There is one row; the planner would expect a thousand, and that many times the messages.
  select allowed_lateness, idle_after from ops.window_rules limit 1
),
mark as materialized (
  select topic = $1 and partition = $2 as is_own, topic = $1 as is_of_topic, watermark, active_at
  from ops.stream_watermark
  where processor = 'sales_windows'
),
message as (
  select
    ordinality,
    event_id,
    store_id collate "C" as store_id,
    product_id collate "C" as product_id,
    transaction_id,
    quantity::numeric as quantity,
    unit_price::numeric as unit_price,
    discount::numeric as discount,
    net_amount::numeric as net_amount,
    entries::integer as entries,
    exits::integer as exits,
    to_timestamp(known_at_ms / 1000.0) as known_at,
    event_at::timestamptz as happened_at,
    event_at::timestamp as local_at,
    own.watermark as own_watermark,
    own.active_at as own_active_at,
    rules.allowed_lateness,
    rules.idle_after
  from unnest(
    $3::bigint[],
    string_to_array($4, e'\n', ''), string_to_array($5, e'\n', ''), string_to_array($6, e'\n', ''),
    string_to_array($7, e'\n', ''), string_to_array($8, e'\n', ''), string_to_array($9, e'\n', ''),
    string_to_array($10, e'\n', ''), string_to_array($11, e'\n', ''), string_to_array($12, e'\n', ''),
    string_to_array($13, e'\n', ''), string_to_array($14, e'\n', '')
  ) with ordinality as line (
    known_at_ms, event_id, event_at, store_id, product_id, transaction_id, quantity, unit_price, discount, net_amount,
    entries, exits, ordinality
  )
  cross join rules
  left join mark as own on own.is_own
),
arrival as (
  select
    *,
    -- A till whose clock is ahead must not close everybody's windows.
    least(happened_at, known_at) - allowed_lateness as expected,
    coalesce(greatest(
      known_at - greatest(max(known_at) over before, own_active_at) - idle_after, interval '0'
    ), interval '0') as silence
  from message
  window before as (order by ordinality rows between unbounded preceding and 1 preceding)
),
silenced as (
  select *, sum(silence) over (order by ordinality) as silent from arrival
),
event as materialized (
  select
    ordinality,
    known_at,
    silent + greatest(max(expected - silent) over before, own_watermark) as mark_before,
    silent + greatest(max(expected - silent) over until_now, own_watermark) as mark_after,
    state.event_key($1, event_id) as event_key,
    store_id,
    product_id,
    hashtextextended(transaction_id, 0) as transaction_key,
    quantity,
    coalesce(net_amount, round(quantity * unit_price - discount, 2)) as amount,
    entries,
    exits,
    local_start,
    local_hour,
    happened_at - (local_at - local_start) as window_start,
    happened_at - (local_at - local_hour) as hour_start,
    ((happened_at - (local_at - local_hour)) at time zone 'UTC')::date as event_day
  from silenced
  cross join lateral (
    select date_bin('5 minutes', local_at, timestamp '2000-01-01') as local_start, date_trunc('hour', local_at) as local_hour
  ) as local
  window
    until_now as (order by ordinality rows unbounded preceding),
    before as (order by ordinality rows between unbounded preceding and 1 preceding)
),
kept as materialized (
  select coalesce(max(forgotten_before), '-infinity') as since
  from state.retention
  where table_name in ('window_event', 'sales_window')
),
fresh as materialized (
  select distinct on (event_day, event_key) event.*
  from event
  join kept on event_day >= since
  order by event_day, event_key, ordinality
),
remembered as (
  insert into state.window_event (event_day, event_key)
  select event_day, event_key from fresh order by event_day, event_key
  on conflict do nothing
  returning event_day, event_key
),
counted as materialized (
  select
    fresh.*,
    coalesce(window_start + interval '5 minutes' <= mark_before and not exists (
      select from mark
      cross join rules
      where is_of_topic and not is_own
        and watermark + greatest(known_at - active_at - idle_after, interval '0') < window_start + interval '5 minutes'
    ), false) as is_late
  from fresh
  join remembered using (event_day, event_key)
),
-- Each event counts for its store as a whole and, where it is about one, for its product.
part as materialized (
  select counted.*, scope.scope
  from counted
  cross join lateral (select '' union all select product_id where product_id is not null) as scope (scope)
),
five_minutes as (
  insert into state.sales_window as known (
    store_id, product_id, window_start, local_start, units, revenue, returned_units, returned_revenue, lines,
    transaction_keys, entries, exits
  )
  select
    store_id, scope, window_start, local_start,
    coalesce(sum(quantity), 0),
    coalesce(sum(amount), 0),
    coalesce(-sum(quantity) filter (where quantity < 0), 0),
    coalesce(-sum(amount) filter (where quantity < 0), 0),
    count(quantity),
    coalesce(array_agg(distinct transaction_key) filter (where transaction_key is not null), '{}'),
    coalesce(sum(entries), 0),
    coalesce(sum(exits), 0)
  from part
  group by store_id, scope, window_start, local_start
  order by store_id, scope, window_start
  on conflict (store_id, product_id, window_start) do update set
    units = known.units + excluded.units,
    revenue = known.revenue + excluded.revenue,
    returned_units = known.returned_units + excluded.returned_units,
    returned_revenue = known.returned_revenue + excluded.returned_revenue,
    lines = known.lines + excluded.lines,
    transaction_keys = array(
      select distinct key from unnest(known.transaction_keys || excluded.transaction_keys) as key order by key
    ),
    entries = known.entries + excluded.entries,
    exits = known.exits + excluded.exits,
    updated_at = excluded.updated_at
),
-- An hour counts the transactions that none of its five-minute windows has seen yet.
hour_transaction as (
  select store_id, scope, hour_start, transaction_key
  from part
  where transaction_key is not null
  except
  select store_id, scope, hour_start, known.transaction_key
  from (select distinct store_id, scope, hour_start from part) as touched
  cross join lateral (
    select unnest(transaction_keys) as transaction_key
    from state.sales_window
    where sales_window.store_id = touched.store_id and product_id = scope
      and window_start >= hour_start and window_start < hour_start + interval '1 hour'
    -- Twelve looks into an index, whatever the planner believes about days that were never analysed.
    offset 0
  ) as known
),
hours as (
  insert into state.sales_hour as known (
    store_id, product_id, window_start, local_start, units, revenue, returned_units, returned_revenue, lines,
    transactions, entries, exits
  )
  select
    store_id, scope, hour_start, local_hour,
    coalesce(sum(quantity), 0),
    coalesce(sum(amount), 0),
    coalesce(-sum(quantity) filter (where quantity < 0), 0),
    coalesce(-sum(amount) filter (where quantity < 0), 0),
    count(quantity),
    coalesce(transactions, 0),
    coalesce(sum(entries), 0),
    coalesce(sum(exits), 0)
  from part
  left join (
    select store_id, scope, hour_start, count(*) as transactions
    from hour_transaction
    group by store_id, scope, hour_start
  ) as fresh_transactions using (store_id, scope, hour_start)
  group by store_id, scope, hour_start, local_hour, transactions
  order by store_id, scope, hour_start
  on conflict (store_id, product_id, window_start) do update set
    units = known.units + excluded.units,
    revenue = known.revenue + excluded.revenue,
    returned_units = known.returned_units + excluded.returned_units,
    returned_revenue = known.returned_revenue + excluded.returned_revenue,
    lines = known.lines + excluded.lines,
    transactions = known.transactions + excluded.transactions,
    entries = known.entries + excluded.entries,
    exits = known.exits + excluded.exits,
    updated_at = excluded.updated_at
),
moved as (
  insert into ops.stream_watermark as known (processor, topic, partition, watermark, active_at)
  select 'sales_windows', $1, $2, max(mark_after), max(known_at) from event
  on conflict (processor, topic, partition) do update set
    watermark = greatest(known.watermark, excluded.watermark),
    active_at = greatest(known.active_at, excluded.active_at)
)
select
  (select count(*) from counted where not is_late) as applied,
  (select count(*) from counted where is_late)
    -- What is older than the windows that are kept changes none of them, and can't be distinguished from a copy of itself.
    + (select count(*) from event join kept on event_day < since) as late
