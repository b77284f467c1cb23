-- One view a topic: the contract's fields, `happened_at` (the instant), `event_date` (the store's day) and `send_at` (when it was known).
create temp view price_changes as
select
  event_id,
  instant_text(happened_at, getvariable('time_zone')) as event_at,
  store_id,
  product_id,
  old_price::varchar as old_price,
  new_price::varchar as new_price,
  'regular' as reason,
  happened_at,
  event_date,
  happened_at as send_at
from price_rows;

create temp view inventory_updates as
select
  event_id,
  instant_text(happened_at, getvariable('time_zone')) as event_at,
  true as synthetic,
  store_id,
  store_id || '-' || product_id as inventory_id,
  product_id,
  plain_decimal(quantity_change) as quantity_change,
  plain_decimal(new_quantity) as new_quantity,
  reason,
  happened_at,
  event_date,
  happened_at as send_at
from stock_rows;

-- The count of an hour is known when the hour is over.
create temp view foot_traffic as
select
  'visits-' || getvariable('prefix') || '-' || store_id || '-' || epoch(happened_at)::bigint as event_id,
  instant_text(happened_at, getvariable('time_zone')) as event_at,
  true as synthetic,
  store_id,
  'door-' || store_id as sensor_id,
  visitors as entries,
  visitors as exits,
  3600 as interval_seconds,
  happened_at,
  event_date,
  happened_at + interval 1 hour as send_at
from visit_rows;

create temp view catalogue_instant as
select timezone(getvariable('time_zone'), getvariable('data_from')::timestamp) as happened_at;

-- Only what the replayed days sell: a later replay sends the rest. All are dated to the data set's first day, so that the
-- same record has the same date whichever days are replayed.
create temp view product_catalog as
select
  'product-' || getvariable('prefix') || '-' || product_id as event_id,
  instant_text(happened_at, getvariable('time_zone')) as event_at,
  product_id,
  name,
  category,
  sub_category,
  department,
  brand,
  package_size,
  happened_at,
  getvariable('data_from') as event_date,
  happened_at as send_at
from product_rows, catalogue_instant
where product_id in (
  select product_id from valid_lines
  where event_date between getvariable('from_date') and getvariable('to_date')
);

create temp view store_catalog as
select
  'store-' || getvariable('prefix') || '-' || store_id as event_id,
  instant_text(happened_at, getvariable('time_zone')) as event_at,
  true as synthetic,
  store_id,
  name,
  region,
  getvariable('time_zone') as time_zone,
  getvariable('country') as country,
  getvariable('currency') as currency,
  city,
  store_type,
  happened_at,
  getvariable('data_from') as event_date,
  happened_at as send_at
from store_rows, catalogue_instant
where store_id in (
  select store_id from pos_transactions
  where event_date between getvariable('from_date') and getvariable('to_date')
);
