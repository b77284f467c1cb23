-- Applies events about online orders. $1: a JSON array of validated customer_events. Of each step the first time
-- counts, of promises the last one, so that the order in which the events come does not matter. Events that are about
-- no order are none of ours and count as applied.
with told as materialized (
  select
    left(event_at, 10)::date as event_date,
    state.event_key('online_orders/customer_events', event_id) as event_key,
    event_at::timestamptz as happened_at,
    event_type like 'order\_%' as is_ours,
    store_id,
    order_id,
    customer_id,
    event_type,
    promised_at::timestamptz as promised_at,
    ordinality
  from rows from (json_to_recordset($1::json) as (
    event_id text, event_at text, store_id text collate "C", order_id text collate "C", customer_id text collate "C",
    event_type text, promised_at text
  )) with ordinality
),
fresh as materialized (
  select distinct on (event_date, event_key) * from told where is_ours order by event_date, event_key, ordinality
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
known as (
  insert into state.online_order as known (
    store_id, order_id, customer_id, created_at, paid_at, packed_at, shipped_at, delivered_at, cancelled_at, promised_at,
    promise_told_at, last_event_at
  )
  select
    store_id,
    order_id,
    min(customer_id),
    min(happened_at) filter (where event_type = 'order_created'),
    min(happened_at) filter (where event_type = 'order_paid'),
    min(happened_at) filter (where event_type = 'order_packed'),
    min(happened_at) filter (where event_type = 'order_shipped'),
    min(happened_at) filter (where event_type = 'order_delivered'),
    min(happened_at) filter (where event_type = 'order_cancelled'),
    (array_agg(promised_at order by happened_at desc, promised_at desc) filter (where promised_at is not null))[1],
    max(happened_at) filter (where promised_at is not null),
    max(happened_at)
  from news
  group by store_id, order_id
  order by store_id, order_id
  on conflict (store_id, order_id) do update set
    customer_id = least(known.customer_id, excluded.customer_id),
    created_at = least(known.created_at, excluded.created_at),
    paid_at = least(known.paid_at, excluded.paid_at),
    packed_at = least(known.packed_at, excluded.packed_at),
    shipped_at = least(known.shipped_at, excluded.shipped_at),
    delivered_at = least(known.delivered_at, excluded.delivered_at),
    cancelled_at = least(known.cancelled_at, excluded.cancelled_at),
    promised_at = case
      when known.promise_told_at is null or excluded.promise_told_at > known.promise_told_at then excluded.promised_at
      when excluded.promise_told_at = known.promise_told_at then greatest(known.promised_at, excluded.promised_at)
      else known.promised_at
    end,
    promise_told_at = greatest(known.promise_told_at, excluded.promise_told_at),
    last_event_at = greatest(known.last_event_at, excluded.last_event_at),
    updated_at = excluded.updated_at
)
select (select count(*) from news) + (select count(*) from told where not is_ours) as applied
