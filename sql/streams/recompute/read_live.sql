-- The live state and the positions it belongs to, as of one moment. {of_store}, {of_warehouse}: which rows; {postgres}: the
-- attached database. DuckDB.
-- A row is a key and its values; a shelf without any event has a row, but no value.
create temp table positions as
select processor, topic, "partition"::bigint as "partition", position from {postgres}.ops.stream_offsets;

create temp table refused as
select origin as processor, topic, "partition"::bigint as "partition", "offset" from {postgres}.ops.dead_letters
union all
select origin as processor, topic, "partition"::bigint as "partition", "offset" from {postgres}.ops.returned_letters;

create temp table retention as
select table_name, forgotten_before from {postgres}.state.retention;

-- Sums are read by queries of PostgreSQL's own: of a number without declared digits DuckDB's scan makes a double.
create temp table live_stock as
select [store_id, product_id] as key, {on_hand: on_hand} as value
from postgres_query('{postgres}', $$
  select store_id, product_id, on_hand::numeric(38, 6) from state.stock where {of_store}
$$);

create temp table live_sales_day as
select
  [store_id, product_id, sale_date::varchar] as key,
  {units: units, revenue: revenue, returned_units: returned_units, lines: lines} as value
from postgres_query('{postgres}', $$
  select
    store_id, product_id, sale_date, units::numeric(38, 6), revenue::numeric(38, 6), returned_units::numeric(38, 6), lines::bigint
  from state.sales_day
  where {of_store}
$$);

create temp table live_shelf as
select
  [store_id, product_id] as key,
  {
    refilled: refilled, removed: removed, corrected: corrected, picked: picked, unpicked_sales: unpicked_sales,
    last_weight: last_weight, last_weight_at: last_weight_at, last_refill_at: last_refill_at, last_pick_at: last_pick_at,
    last_sale_at: last_sale_at
  } as value
from postgres_query('{postgres}', $$
  select
    store_id, product_id, refilled::numeric(38, 6), removed::numeric(38, 6), corrected::numeric(38, 6),
    picked::numeric(38, 6), unpicked_sales::numeric(38, 6), last_weight::numeric(38, 6), last_weight_at, last_refill_at,
    last_pick_at, last_sale_at
  from state.shelf
  where {of_store} and (
    refilled <> 0 or removed <> 0 or corrected <> 0 or picked <> 0 or unpicked_sales <> 0
    or coalesce(last_weight_at, last_refill_at, last_pick_at, last_sale_at) is not null
  )
$$);

create temp table live_basket as
select
  [store_id, product_id, visit_date::varchar, customer_id] as key,
  {picked: picked, sold: sold, last_pick_at: last_pick_at, last_event_at: last_event_at} as value
from postgres_query('{postgres}', $$
  select
    store_id, product_id, visit_date, customer_id, picked::numeric(38, 6), sold::numeric(38, 6), last_pick_at, last_event_at
  from state.basket
  where {of_store}
$$)
where visit_date >= coalesce((select forgotten_before from retention where table_name = 'basket'), visit_date);

create temp table live_shelf_lot as
select
  [store_id, product_id, batch_id] as key,
  {
    refilled: refilled, removed: removed, expires_on: expires_on, received_on: received_on, last_event_on: last_event_on
  } as value
from postgres_query('{postgres}', $$
  select
    store_id, product_id, batch_id, refilled::numeric(38, 6), removed::numeric(38, 6), expires_on, received_on, last_event_on
  from state.shelf_lot
  where {of_store}
$$);

create temp table live_warehouse as
select
  [warehouse_id, product_id] as key,
  {received: received, shipped: shipped, last_received_at: last_received_at, last_shipped_at: last_shipped_at} as value
from postgres_query('{postgres}', $$
  select
    warehouse_id, product_id, received::numeric(38, 6), shipped::numeric(38, 6), last_received_at, last_shipped_at
  from state.warehouse
  where {of_warehouse}
$$);

create temp table live_warehouse_lot as
select
  [warehouse_id, product_id, batch_id] as key,
  {
    received: received, shipped: shipped, expires_on: expires_on, received_on: received_on, last_event_on: last_event_on
  } as value
from postgres_query('{postgres}', $$
  select
    warehouse_id, product_id, batch_id, received::numeric(38, 6), shipped::numeric(38, 6), expires_on, received_on, last_event_on
  from state.warehouse_lot
  where {of_warehouse}
$$);

-- Both sizes of window are compared with the events of the days for which late ones still counted. A day more is left
-- out: the hours of a zone off the full hour begin on the day before.
create temp table window_retention as
select
  coalesce(
    timezone('UTC', (max(forgotten_before) + interval '1 day')::timestamp), '-infinity'::timestamptz
  ) as since
from retention
where table_name in ('window_event', 'sales_window', 'sales_hour');

create temp table zone as
select store_id, time_zone from {postgres}.ref.stores;

create temp macro live_window_value(units, revenue, returned_units, returned_revenue, lines, transactions, entries, exits) as {
  units: units, revenue: revenue, returned_units: returned_units, returned_revenue: returned_revenue, lines: lines,
  transactions: transactions, entries: entries, exits: exits
};

create temp table live_sales_window as
select
  [store_id, product_id, window_start::varchar] as key,
  live_window_value(units, revenue, returned_units, returned_revenue, lines, transactions, entries, exits) as value
from postgres_query('{postgres}', $$
  select
    store_id, product_id, window_start, units::numeric(38, 6), revenue::numeric(38, 6), returned_units::numeric(38, 6),
    returned_revenue::numeric(38, 6), lines::bigint, transactions::bigint, entries::bigint, exits::bigint
  from state.sales_window
  where {of_store}
$$)
where window_start >= (select since from window_retention);

create temp table live_sales_hour as
select
  [store_id, product_id, window_start::varchar] as key,
  live_window_value(units, revenue, returned_units, returned_revenue, lines, transactions, entries, exits) as value
from postgres_query('{postgres}', $$
  select
    store_id, product_id, window_start, units::numeric(38, 6), revenue::numeric(38, 6), returned_units::numeric(38, 6),
    returned_revenue::numeric(38, 6), lines::bigint, transactions::bigint, entries::bigint, exits::bigint
  from state.sales_hour
  where {of_store}
$$)
where window_start >= (select since from window_retention);

-- Rows that are kept until nothing has been known of them for some time: what began before that is not compared.
create temp macro kept_since(targets) as (
  select coalesce(
    timezone('UTC', (max(forgotten_before) + interval '1 day')::timestamp), '-infinity'::timestamptz
  )
  from retention where list_contains(targets, table_name)
);

create temp table live_sale_transaction as
select [store_id, transaction_id] as key, {sold: sold, returned: returned, lines: lines, till_id: till_id,
  cashier_id: cashier_id, original_transaction_id: original_transaction_id, first_at: first_at, last_at: last_at} as value
from postgres_query('{postgres}', $$
  select store_id, transaction_id, sold::numeric(38, 6), returned::numeric(38, 6), lines::bigint, till_id, cashier_id,
    original_transaction_id, first_at, last_at
  from state.sale_transaction
  where {of_store}
$$)
where first_at >= kept_since(['sale_line', 'sale_transaction']);

create temp table live_payment as
select [store_id, transaction_id] as key, {authorised: authorised, voided: voided, captured: captured, refunded: refunded,
  charged_back: charged_back, charge_backs_won: charge_backs_won, declines: declines, risk_score: risk_score,
  first_at: first_at, last_at: last_at} as value
from postgres_query('{postgres}', $$
  select store_id, transaction_id, authorised::numeric(38, 6), voided::numeric(38, 6), captured::numeric(38, 6),
    refunded::numeric(38, 6), charged_back::numeric(38, 6), charge_backs_won::numeric(38, 6), declines::bigint,
    risk_score::bigint, first_at, last_at
  from state.payment
  where {of_store}
$$)
where first_at >= kept_since(['payment']);

create temp table live_refund as
select [store_id, transaction_id, till_id, cashier_id] as key, {amount: amount, refunds: refunds, first_at: first_at,
  last_at: last_at} as value
from postgres_query('{postgres}', $$
  select store_id, transaction_id, till_id, cashier_id, amount::numeric(38, 6), refunds::bigint, first_at, last_at
  from state.refund
  where {of_store}
$$)
where first_at >= kept_since(['refund']);

create temp table live_payment_day as
select [store_id, '', payment_date::varchar] as key, {authorised: authorised, voided: voided, captured: captured,
  refunded: refunded, charged_back: charged_back, charge_backs_won: charge_backs_won, captures: captures, declines: declines,
  refunds: refunds, charge_backs: charge_backs} as value
from postgres_query('{postgres}', $$
  select store_id, payment_date, authorised::numeric(38, 6), voided::numeric(38, 6), captured::numeric(38, 6),
    refunded::numeric(38, 6), charged_back::numeric(38, 6), charge_backs_won::numeric(38, 6), captures::bigint,
    declines::bigint, refunds::bigint, charge_backs::bigint
  from state.payment_day
  where {of_store}
$$);

create temp table live_online_order_line as
select [store_id, order_id, line_no::varchar, product_id] as key, {ordered: ordered, cancelled: cancelled, picked: picked,
  returned: returned, first_at: first_at, last_at: last_at} as value
from postgres_query('{postgres}', $$
  select store_id, order_id, line_no, product_id, ordered::numeric(38, 6), cancelled::numeric(38, 6), picked::numeric(38, 6),
    returned::numeric(38, 6), first_at, last_at
  from state.online_order_line
  where {of_store}
$$)
where first_at >= kept_since(['online_order_line'])
