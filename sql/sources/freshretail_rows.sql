-- FreshRetailNet: one row an hour with a sale. Quantities are the data set's; the minute, the basket and the price are generated.
-- Products that sell in the same store and hour share baskets of about three.
create temp table source_rows as
with
hours as (
  select
    store_id::varchar as store_id,
    product_id::varchar as product_id,
    date,
    hour,
    sale_quantity::varchar::decimal(18, 6) as quantity,
    discount::varchar::decimal(9, 6) as paid_part,
    activity = 1 as is_promoted
  from read_parquet(getvariable('path'))
  where sale_quantity > 0
    and (getvariable('stores') is null or list_contains(getvariable('stores'), store_id::varchar))
),
baskets as (
  select
    *,
    concat_ws('-', store_id, strftime(date, '%Y%m%d'), lpad(hour::varchar, 2, '0'),
      seeded('basket', product_id, date::varchar, hour::varchar)
        % greatest(1, count(*) over (partition by store_id, date, hour) // 3)) as basket,
    -- A price list with many cheap and few dear products: 3.00 to 40.00.
    (3 + 37 * power(seeded('price', product_id) % 1000 / 999, 2))::decimal(18, 2) as unit_price
  from hours
),
amounts as (
  select
    *,
    (quantity * unit_price)::decimal(18, 2) as gross,
    (quantity * unit_price * paid_part)::decimal(18, 2) as paid
  from baskets
)
select
  'fr-' || basket || '-' || product_id as event_id,
  basket,
  row_number() over (partition by basket order by product_id) as line_no,
  store_id,
  product_id,
  date::timestamp + to_hours(hour::bigint) + to_seconds((seeded('minute', basket) % 3600)::bigint) as sold_at,
  quantity,
  unit_price,
  greatest(gross - paid, 0) as discount,
  paid as net_amount,
  is_promoted,
  true as synthetic
from amounts;
