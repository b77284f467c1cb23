-- Windows that differ from the events, each event once. $1 and $2: JSON arrays of all pos_transactions and
-- foot_traffic that were read.
with sale as (
  select distinct on (event_id)
    store_id, product_id, transaction_id, event_at, quantity,
    coalesce(net_amount, round(quantity * unit_price - discount, 2)) as amount
  from json_to_recordset($1::json) as (
    event_id text, event_at text, store_id text, product_id text, transaction_id text, quantity numeric,
    unit_price numeric, discount numeric, net_amount numeric
  )
),
traffic as (
  select distinct on (event_id) store_id, event_at, entries, exits
  from json_to_recordset($2::json) as (event_id text, event_at text, store_id text, entries integer, exits integer)
),
counted as (
  select store_id, '' as product_id, event_at, transaction_id, quantity, amount, 1 as lines, 0 as entries, 0 as exits
  from sale
  union all
  select store_id, product_id, event_at, transaction_id, quantity, amount, 1, 0, 0 from sale
  union all
  select store_id, '', event_at, null, 0, 0, 0, entries, exits from traffic
),
recomputed as (
  select
    minutes as window_minutes,
    store_id,
    product_id,
    date_bin(make_interval(mins => minutes), event_at::timestamp, timestamp '2000-01-01')
      - (event_at::timestamp - event_at::timestamptz at time zone 'UTC') as utc_start,
    sum(quantity) as units,
    sum(amount) as revenue,
    sum(lines) as lines,
    count(distinct transaction_id) as transactions,
    sum(entries) as entries,
    sum(exits) as exits
  from counted
  cross join (values (5), (60)) as size (minutes)
  group by 1, 2, 3, 4
),
live as (
  select
    window_minutes, store_id, coalesce(product_id, '') as product_id, window_start at time zone 'UTC' as utc_start, units,
    revenue, lines, transactions, entries, exits
  from state.sales_window_live
)
select *
from live
full join recomputed using (window_minutes, store_id, product_id, utc_start)
where
  row(live.units, live.revenue, live.lines, live.transactions, live.entries, live.exits)
  is distinct from row(
    recomputed.units, recomputed.revenue, recomputed.lines::integer, recomputed.transactions::integer,
    recomputed.entries::integer, recomputed.exits::integer
  )
limit 20
