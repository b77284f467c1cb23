-- The morning summary of the day before, for each route whose local time has passed and that has no summary for the day
-- yet. $1 as of, by the business clock; $2 routes at most.
with due as materialized (
  select route.*, (local::date - 1) as day
  from ref.notification_route as route
  cross join lateral (select $1 at time zone route.time_zone as local) as clock
  where 'summary' = any (route.kinds)
    and local::time >= route.digest_at
    and not exists (
      select from ops.notification_cause as known
      where known.route_id = route.route_id and known.cause = 'summary/' || (local::date - 1)
    )
  order by route.route_id
  limit $2
),
cause as (
  insert into ops.notification_cause (route_id, cause, kind, due_at, notification_id)
  select route_id, 'summary/' || day, 'summary', $1, gen_random_uuid() from due
  on conflict do nothing
  returning route_id, notification_id
),
store as (
  select due.route_id, due.day, store_id, coalesce(stores.name, store_id) as name, stores.currency
  from due
  cross join unnest(due.store_ids) as store_id
  left join ref.stores using (store_id)
),
figures as (
  select store.route_id, store.day, jsonb_build_object(
    'store_id', store.store_id,
    'store', store.name,
    'currency', store.currency,
    'revenue', sold.revenue::text,
    'revenue_week_before', week_before.revenue::text,
    'transactions', sold.transactions,
    'entries', sold.entries,
    'revenue_by_hour', sold.by_hour,
    'empty_shelves', (
      select count(*) from state.shelf
      join ref.shelves using (store_id, product_id)
      where shelf.store_id = store.store_id and shelf.available <= 0
    ),
    'shelves', (select count(*) from ref.shelves where shelves.store_id = store.store_id),
    'expiring_units', (
      select sum(on_hand)::text from state.shelf_lot_live as lot
      where lot.store_id = store.store_id and lot.expires_on <= store.day + 1 and lot.on_hand > 0
    ),
    'alerts', (
      select jsonb_build_object('open', count(*), 'critical', count(*) filter (where severity = 'critical'))
      from ops.alert where alert.store_id = store.store_id and alert.status in ('open', 'acknowledged')
    ),
    'dearest', (
      select jsonb_agg(jsonb_build_object('message', message, 'impact', impact::text, 'severity', severity))
      from (
        select message, impact, severity from ops.alert
        where alert.store_id = store.store_id and alert.status in ('open', 'acknowledged')
        order by ops.severity_rank(severity) desc, impact desc nulls last, alert_id
        limit 5
      ) as dearest
    ),
    'orders_expected', (
      select count(*) from ops.purchase_order
      where purchase_order.expected_on = store.day + 1
        and (
          purchase_order.location_id = store.store_id
          or purchase_order.location_id in (select warehouse_id from ref.shelves where shelves.store_id = store.store_id)
        )
        and purchase_order.status in ('sent', 'acknowledged', 'partly_received')
    )
  ) as figures
  from store
  cross join lateral (
    select
      sum(revenue) as revenue, sum(transactions) as transactions, sum(entries) as entries,
      jsonb_agg(jsonb_build_array(extract(hour from local_start)::integer, revenue::float8) order by local_start) as by_hour
    from (
      -- The hour that autumn repeats is one bar.
      select local_start, sum(revenue) as revenue, sum(transactions) as transactions, sum(entries) as entries
      from state.sales_hour as hour
      where hour.store_id = store.store_id and hour.product_id = ''
        and hour.local_start >= store.day and hour.local_start < store.day + 1
        and hour.window_start >= store.day - 1 and hour.window_start < store.day + 2
      group by local_start
    ) as shown
  ) as sold
  cross join lateral (
    select sum(hour.revenue) as revenue
    from state.sales_hour as hour
    where hour.store_id = store.store_id and hour.product_id = ''
      and hour.local_start >= store.day - 7 and hour.local_start < store.day - 6
      and hour.window_start >= store.day - 8 and hour.window_start < store.day - 5
  ) as week_before
)
insert into ops.notification (notification_id, route_id, kind, content)
select
  cause.notification_id, cause.route_id, 'summary',
  jsonb_build_object('day', figures.day, 'stores', jsonb_agg(figures.figures order by figures.figures ->> 'store_id'))
from cause
join figures using (route_id)
group by cause.notification_id, cause.route_id, figures.day
