-- Stock from recorded stock-outs: a spell runs from the first hour in which the product was there to the hour before it
-- was recorded as out. What such a spell sold (known only with hindsight) is delivered as it begins, so that the shelf
-- is empty exactly when the retailer reported it; a spell that reaches the end of the data gets a fifth more.
-- An hour that is flagged and still sold something was not empty yet.
create temp table stock_rows as
with
hours as (
  select
    store_id::varchar as store_id,
    product_id::varchar as product_id,
    date as event_date,
    date::timestamp + to_hours(hour::bigint) as local_hour,
    sale_quantity::varchar::decimal(18, 6) as sold,
    stockout and sale_quantity = 0 as is_empty
  from read_parquet(getvariable('path'))
  where date >= getvariable('stock_since')
    and (getvariable('stores') is null or list_contains(getvariable('stores'), store_id::varchar))
),
numbered as (
  select *, sum(is_empty::integer) over (partition by store_id, product_id order by local_hour) as spell
  from hours
),
spells as (
  select
    store_id,
    product_id,
    min(local_hour) as local_hour,
    sum(sold)::decimal(18, 6) as sold,
    max(local_hour) = (select max(local_hour) from hours) as is_last
  from numbered
  where not is_empty
  group by store_id, product_id, spell
),
deliveries as (
  select *, if(is_last, ceil(sold * 1.2)::decimal(18, 6), sold) as delivered
  from spells
)
select
  'stock-' || getvariable('prefix') || '-' || store_id || '-' || product_id || '-' || strftime(local_hour, '%Y%m%d%H') as event_id,
  timezone(getvariable('time_zone'), local_hour) as happened_at,
  local_hour::date as event_date,
  store_id,
  product_id,
  delivered as quantity_change,
  delivered as new_quantity,
  'delivery' as reason
from deliveries
where delivered > 0
  and local_hour::date between getvariable('from_date') and getvariable('to_date');
