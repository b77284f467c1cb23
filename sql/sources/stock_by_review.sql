-- Stock by periodic review: each product of a store is looked at every 1, 2, 3 or 7 days, and at midnight before the store
-- opens what was sold since the last review is delivered, so that the shelf is full again. The full shelf is the most that
-- any review period of the data set sold, with room above it for nine of ten products; the tenth is sold out at its
-- worst. Only this level looks ahead, over the whole data set; deliveries look back. More returns than sales in a period:
-- the surplus leaves as an adjustment.
-- The stock is opened on the day of the first sale since `stock_since`, which is the first replayed day unless this
-- replay continues an earlier one.
create temp table stock_rows as
with
pairs as (
  select
    store_id,
    product_id,
    [1, 2, 3, 7][1 + seeded('review', store_id, product_id) % 4] as review_days,
    if(
      seeded('tight', store_id, product_id) % 10 = 0,
      1.0,
      1.25 + seeded('room', store_id, product_id) % 76 / 100
    )::decimal(4, 2) as room
  from valid_lines
  group by all
),
days as (
  select store_id, product_id, event_date, sum(quantity) as sold, sum(greatest(quantity, 0)) as taken
  from valid_lines
  group by all
),
reviewed as (
  select
    *,
    event_date + (review_days - epoch(event_date)::bigint // 86400 % review_days)::integer as review_date
  from days join pairs using (store_id, product_id)
),
periods as (
  select
    store_id,
    product_id,
    review_date,
    sum(taken) * any_value(room) as needed,
    min(event_date) filter (event_date >= getvariable('stock_since')) as first_date,
    (sum(sold) filter (event_date >= getvariable('stock_since')))::decimal(18, 6) as sold
  from reviewed
  group by all
),
levels as (
  select store_id, product_id, greatest(ceil(max(needed)), 1)::decimal(18, 6) as level, min(first_date) as opened_on
  from periods
  group by all
),
moves as (
  select store_id, product_id, opened_on as event_date, level as quantity_change, level, 'open-' as kind, 'delivery' as reason
  from levels
  union all
  select
    store_id, product_id, review_date, sold, level, 'stock-', if(sold > 0, 'delivery', 'adjustment')
  from periods join levels using (store_id, product_id)
  where sold <> 0
)
select
  kind || getvariable('prefix') || '-' || store_id || '-' || product_id || '-' || strftime(event_date, '%Y%m%d') as event_id,
  timezone(getvariable('time_zone'), event_date::timestamp) as happened_at,
  event_date,
  store_id,
  product_id,
  quantity_change,
  level as new_quantity,
  reason
from moves
where event_date between getvariable('from_date') and getvariable('to_date');
