-- Complete Journey: one row a till line, with what the map and the rules need besides the file's own columns.
-- Prices: sales_value is what the shop received, the discounts are money that it did not receive, so that their sum is the list
-- price of the line. A manufacturer's coupon (coupon_disc) is paid back to the shop and changes neither.
-- Fuel is in thousandths of a gallon, but for lines of one piece at what was paid: gallons, so that its units do not outweigh
-- a hundred times all others.
-- A basket has one store, one household, one instant, and a product at most once.
create temp table source_rows as
with
lines as (
  from read_parquet(getvariable('path') || '/transactions.parquet')
  where getvariable('stores') is null
    or list_contains(getvariable('stores'), store_id::varchar)
),
promotions as (from read_parquet(getvariable('path') || '/promotions.parquet')),
promoted as (
  select distinct basket_id, product_id
  from lines join promotions using (product_id, store_id, week)
  where (display_location <> '0' or mailer_location <> '0')
    -- Only of the replayed days: the rules need prices and quantities of all days, but no promotions.
    and timezone(getvariable('time_zone'), timezone('UTC', transaction_timestamp))::date
      between getvariable('from_date') and getvariable('to_date')
),
-- Of the other stores no promotion is recorded: whether there was one is not known.
recorded_stores as (select distinct store_id from promotions),
priced as (
  select
    basket_id,
    row_number() over (partition by basket_id order by product_id) as line_no,
    store_id,
    product_id,
    household_id,
    transaction_timestamp,
    case when product_type like 'GASOLINE%' and quantity > 100 then quantity / 1000 else quantity end::decimal(18, 3) as quantity,
    sales_value::decimal(18, 2) as net_amount,
    (retail_disc::decimal(18, 2) + coupon_match_disc::decimal(18, 2)) as discount
  from lines
  left join (select product_id, product_type from read_parquet(getvariable('path') || '/products.parquet')) as products
    using (product_id)
)
select
  'cj-' || basket_id || '-' || product_id as event_id,
  priced.*,
  ((net_amount + discount)::double / case when quantity = 0 then 1 else quantity end)::decimal(18, 6) as unit_price,
  case when recorded_stores.store_id is not null then promoted.basket_id is not null end as is_promoted
from priced
left join promoted using (basket_id, product_id)
left join recorded_stores using (store_id);
