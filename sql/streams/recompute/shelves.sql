-- Shelves, baskets and the shelves' lots, out of shelf_event and shelf_sale. DuckDB.
create temp table shelf_news as
select
  date, event_at, store_id, product_id, coalesce(customer_id, '') as customer_id, event_type, quantity, weight,
  coalesce(batch_id, '') as batch_id, expires_on::date as expires_on
from shelf_event
union all
select date, event_at, store_id, product_id, coalesce(customer_id, ''), 'sale', quantity, null, null, null
from shelf_sale
where quantity > 0;

create temp table basket as
select
  date,
  store_id,
  product_id,
  customer_id,
  coalesce(sum(case event_type when 'pickup' then quantity else -quantity end) filter (where event_type <> 'sale'), 0)
    as picked,
  coalesce(sum(quantity) filter (where event_type = 'sale'), 0) as sold,
  max(event_at) filter (where event_type = 'pickup') as last_pick_at,
  max(event_at) as last_event_at
from shelf_news
where event_type in ('pickup', 'putback', 'sale')
group by all;

create temp table again_basket as
select
  [store_id, product_id, date::varchar, customer_id] as key,
  {
    picked: picked::decimal(38, 6), sold: sold::decimal(38, 6), last_pick_at: last_pick_at, last_event_at: last_event_at
  } as value
from basket
where date >= coalesce((select forgotten_before from retention where table_name = 'basket'), date);

create temp table again_shelf as
select key, value
from (
  select
    [store_id, product_id] as key,
    {
      refilled: coalesce(sum(quantity) filter (where event_type = 'refill'), 0)::decimal(38, 6),
      removed: coalesce(sum(quantity) filter (where event_type = 'removal'), 0)::decimal(38, 6),
      corrected: coalesce(sum(quantity) filter (where event_type = 'count'), 0)::decimal(38, 6),
      picked: (
        coalesce(sum(quantity) filter (where event_type = 'pickup'), 0)
        - coalesce(sum(quantity) filter (where event_type = 'putback'), 0)
      )::decimal(38, 6),
      unpicked_sales: coalesce(any_value(unpicked.sales), 0)::decimal(38, 6),
      last_weight: (max(row(event_at, weight)) filter (where weight is not null))[2]::decimal(38, 6),
      last_weight_at: max(event_at) filter (where weight is not null),
      last_refill_at: max(event_at) filter (where event_type = 'refill'),
      last_pick_at: max(event_at) filter (where event_type = 'pickup'),
      last_sale_at: max(event_at) filter (where event_type = 'sale')
    } as value
  from shelf_news
  left join (
    select store_id, product_id, sum(greatest(sold - greatest(picked, 0), 0)) as sales from basket group by all
  ) as unpicked using (store_id, product_id)
  group by store_id, product_id
)
where
  coalesce(value.last_weight_at, value.last_refill_at, value.last_pick_at, value.last_sale_at) is not null
  or value.removed <> 0 or value.corrected <> 0 or value.picked <> 0;

-- A lot that was used up may have been forgotten since.
create temp table again_shelf_lot as
select
  [store_id, product_id, batch_id] as key,
  {
    refilled: coalesce(sum(quantity) filter (where event_type = 'refill'), 0)::decimal(38, 6),
    removed: coalesce(sum(quantity) filter (where event_type = 'removal'), 0)::decimal(38, 6),
    expires_on: min(expires_on),
    received_on: min(date) filter (where event_type = 'refill'),
    last_event_on: max(date)
  } as value
from shelf_news
where event_type in ('refill', 'removal')
group by store_id, product_id, batch_id
having
  key in (select key from live_shelf_lot)
  or max(date) >= coalesce((select forgotten_before from retention where table_name = 'shelf_lot'), max(date))
