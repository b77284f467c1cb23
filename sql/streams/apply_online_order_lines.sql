-- Adds up what happened to lines of online orders. $1: a JSON array of validated online_order_lines.
with told as materialized (
  select
    left(event_at, 10)::date as event_date,
    state.event_key('online_orders/online_order_lines', event_id) as event_key,
    event_at::timestamptz as happened_at,
    store_id,
    order_id,
    line_no,
    product_id,
    event_type,
    quantity,
    ordinality
  from rows from (json_to_recordset($1::json) as (
    event_id text, event_at text, store_id text collate "C", order_id text collate "C", line_no integer,
    product_id text collate "C", event_type text, quantity numeric
  )) with ordinality
),
fresh as materialized (
  select distinct on (event_date, event_key) * from told order by event_date, event_key, ordinality
),
remembered as (
  insert into state.event_ids (event_date, event_key)
  select event_date, event_key from fresh order by event_date, event_key
  on conflict do nothing
  returning event_date, event_key
),
news as materialized (
  select fresh.* from fresh join remembered using (event_date, event_key)
),
summed as (
  insert into state.online_order_line as known (
    store_id, order_id, line_no, product_id, ordered, cancelled, picked, returned, first_at, last_at
  )
  select
    store_id,
    order_id,
    line_no,
    product_id,
    coalesce(sum(quantity) filter (where event_type = 'ordered'), 0),
    coalesce(sum(quantity) filter (where event_type = 'cancelled'), 0),
    coalesce(sum(quantity) filter (where event_type = 'picked'), 0),
    coalesce(sum(quantity) filter (where event_type = 'returned'), 0),
    min(happened_at),
    max(happened_at)
  from news
  group by store_id, order_id, line_no, product_id
  order by store_id, order_id, line_no, product_id
  on conflict (store_id, order_id, line_no, product_id) do update set
    ordered = known.ordered + excluded.ordered,
    cancelled = known.cancelled + excluded.cancelled,
    picked = known.picked + excluded.picked,
    returned = known.returned + excluded.returned,
    first_at = least(known.first_at, excluded.first_at),
    last_at = greatest(known.last_at, excluded.last_at),
    updated_at = excluded.updated_at
)
select count(*) as applied from news
