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

create temp table live_stock as
select concat_ws(' × ', store_id, product_id) as key, {on_hand: on_hand::decimal(38, 6)} as value
from {postgres}.state.stock
where {of_store};

create temp table live_sales_day as
select
  concat_ws(' × ', store_id, product_id, sale_date) as key,
  {
    units: units::decimal(38, 6), revenue: revenue::decimal(38, 6), returned_units: returned_units::decimal(38, 6),
    lines: lines::bigint
  } as value
from {postgres}.state.sales_day
where {of_store};

create temp table live_shelf as
select
  concat_ws(' × ', store_id, product_id) as key,
  {
    refilled: refilled::decimal(38, 6), removed: removed::decimal(38, 6), corrected: corrected::decimal(38, 6),
    picked: picked::decimal(38, 6), unpicked_sales: unpicked_sales::decimal(38, 6),
    last_weight: last_weight::decimal(38, 6), last_weight_at: last_weight_at, last_refill_at: last_refill_at,
    last_pick_at: last_pick_at, last_sale_at: last_sale_at
  } as value
from {postgres}.state.shelf
where {of_store} and (
  refilled <> 0 or removed <> 0 or corrected <> 0 or picked <> 0 or unpicked_sales <> 0
  or coalesce(last_weight_at, last_refill_at, last_pick_at, last_sale_at) is not null
);

create temp table live_basket as
select
  concat_ws(' × ', visit_date, store_id, product_id, customer_id) as key,
  {
    picked: picked::decimal(38, 6), sold: sold::decimal(38, 6), last_pick_at: last_pick_at, last_event_at: last_event_at
  } as value
from {postgres}.state.basket
where {of_store} and visit_date >= coalesce((select forgotten_before from retention where table_name = 'basket'), visit_date);

create temp table live_shelf_lot as
select
  concat_ws(' × ', store_id, product_id, batch_id) as key,
  {
    refilled: refilled::decimal(38, 6), removed: removed::decimal(38, 6), expires_on: expires_on,
    received_on: received_on, last_event_on: last_event_on
  } as value
from {postgres}.state.shelf_lot
where {of_store};

create temp table live_warehouse as
select
  concat_ws(' × ', warehouse_id, product_id) as key,
  {
    received: received::decimal(38, 6), shipped: shipped::decimal(38, 6), last_received_at: last_received_at,
    last_shipped_at: last_shipped_at
  } as value
from {postgres}.state.warehouse
where {of_warehouse};

create temp table live_warehouse_lot as
select
  concat_ws(' × ', warehouse_id, product_id, batch_id) as key,
  {
    received: received::decimal(38, 6), shipped: shipped::decimal(38, 6), expires_on: expires_on,
    received_on: received_on, last_event_on: last_event_on
  } as value
from {postgres}.state.warehouse_lot
where {of_warehouse};

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
  units: units::decimal(38, 6), revenue: revenue::decimal(38, 6), returned_units: returned_units::decimal(38, 6),
  returned_revenue: returned_revenue::decimal(38, 6), lines: lines::bigint, transactions: transactions::bigint,
  entries: entries::bigint, exits: exits::bigint
};

create temp table live_sales_window as
select
  concat_ws(' × ', store_id, product_id, window_start) as key,
  live_window_value(units, revenue, returned_units, returned_revenue, lines, transactions, entries, exits) as value
from {postgres}.state.sales_window
where {of_store} and window_start >= (select since from window_retention);

create temp table live_sales_hour as
select
  concat_ws(' × ', store_id, product_id, window_start) as key,
  live_window_value(units, revenue, returned_units, returned_revenue, lines, transactions, entries, exits) as value
from {postgres}.state.sales_hour
where {of_store} and window_start >= (select since from window_retention)
