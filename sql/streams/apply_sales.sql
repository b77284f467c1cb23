-- Applies a batch of sale lines: remembers the events that are new, then takes them off the stock and adds them to the
-- sales of their day. $1 to $8: columns of validated pos_transactions, a line an event.
-- Of two copies in one batch the first counts. Every insert is ordered by its key, so that two workers take locks in the same order and can't deadlock.
with event as materialized (
  select distinct on (event_date, event_key)
    left(event_at, 10)::date as event_date,
    state.event_key('pos_transactions', event_id) as event_key,
    store_id collate "C" as store_id,
    product_id collate "C" as product_id,
    quantity::numeric as quantity,
    coalesce(net_amount::numeric, round(quantity::numeric * unit_price::numeric - discount::numeric, 2)) as amount
  from unnest(
    string_to_array($1, e'\n', ''), string_to_array($2, e'\n', ''), string_to_array($3, e'\n', ''),
    string_to_array($4, e'\n', ''), string_to_array($5, e'\n', ''), string_to_array($6, e'\n', ''),
    string_to_array($7, e'\n', ''), string_to_array($8, e'\n', '')
  ) with ordinality as line (
    event_id, event_at, store_id, product_id, quantity, unit_price, discount, net_amount, ordinality
  )
  order by event_date, event_key, ordinality
),
remembered as (
  insert into state.event_ids (event_date, event_key)
  select event_date, event_key from event order by event_date, event_key
  on conflict do nothing
  returning event_date, event_key
),
sale as materialized (
  select event.* from event join remembered using (event_date, event_key)
),
day_total as (
  select event_date, count(*) as events from sale group by event_date
),
stock as (
  insert into state.stock as stock (store_id, product_id, on_hand)
  select store_id, product_id, -sum(quantity) from sale group by store_id, product_id order by store_id, product_id
  on conflict (store_id, product_id) do update
    set on_hand = stock.on_hand + excluded.on_hand, updated_at = excluded.updated_at
),
day as (
  insert into state.sales_day as day
    (store_id, product_id, sale_date, units, revenue, returned_units, returned_revenue, lines)
  select
    store_id, product_id, event_date, sum(quantity), sum(amount),
    coalesce(-sum(quantity) filter (where quantity < 0), 0), coalesce(-sum(amount) filter (where quantity < 0), 0), count(*)
  from sale group by store_id, product_id, event_date order by store_id, product_id, event_date
  on conflict (store_id, product_id, sale_date) do update set
    units = day.units + excluded.units,
    revenue = day.revenue + excluded.revenue,
    returned_units = day.returned_units + excluded.returned_units,
    returned_revenue = day.returned_revenue + excluded.returned_revenue,
    lines = day.lines + excluded.lines,
    updated_at = excluded.updated_at
)
select
  coalesce(sum(events), 0)::bigint as new,
  coalesce(sum(events) filter (where exists (
    select from ops.partition_ledger as ledger
    where ledger.asset = 'cleansed/sales' and ledger.date = day_total.event_date and ledger.succeeded_at is not null
  )), 0)::bigint as late
from day_total
