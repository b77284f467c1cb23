-- Not a rule: what the rules about silence look at.
create or replace function ops.usual_hours(of_store text, from_hour timestamp, to_hour timestamp)
returns table (local_start timestamp, transactions numeric, spread numeric, revenue numeric, weeks bigint)
language sql stable as $$
  with past_week as (
    select hour, past.transactions, past.revenue, promotion.is_promoted,
      count(*) filter (where not promotion.is_promoted) over (partition by hour) as weeks_without_promotion
    from generate_series(from_hour, to_hour, interval '1 hour') as hour
    cross join generate_series(1, 4) as week
    cross join lateral (
      -- A week in which the store sold nothing all day was no usual one; nor is a tagged incident, nor a time before the
      -- first window that is kept.
      select sum(hours.transactions) as day_transactions,
        sum(hours.transactions) filter (where hours.local_start = hour - week * interval '7 days') as transactions,
        sum(hours.revenue) filter (where hours.local_start = hour - week * interval '7 days') as revenue
      from state.sales_hour as hours
      where hours.store_id = of_store and hours.product_id = ''
        and hours.local_start >= date_trunc('day', hour) - week * interval '7 days'
        and hours.local_start < date_trunc('day', hour) - week * interval '7 days' + interval '1 day'
        and hours.window_start >= ((date_trunc('day', hour) - week * interval '7 days') at time zone 'UTC') - interval '15 hours'
        and hours.window_start < ((date_trunc('day', hour) - week * interval '7 days') at time zone 'UTC') + interval '39 hours'
        and not exists (
          select from ops.incident
          where coalesce(incident.store_id, of_store) = of_store
            and hours.window_start < incident.ends_at and hours.window_start + interval '1 hour' > incident.starts_at
        )
    ) as past
    -- A day whose takings came for the better half from promotions says little of one without.
    cross join lateral (
      select coalesce(sum(promoted_net_amount) >= sum(net_amount) / 2 and sum(promoted_net_amount) > 0, false) as is_promoted
      from analytics.sales_by_store_day
      join analytics.dim_store using (store_key)
      where dim_store.store_id = of_store and sale_date = hour::date - 7 * week
    ) as promotion
    where past.day_transactions > 0
  )
  select
    hour,
    avg(coalesce(transactions, 0)),
    coalesce(stddev_samp(coalesce(transactions, 0)), 0),
    avg(coalesce(revenue, 0)),
    count(*)
  from past_week
  -- Where promotions are usual, so are their days.
  where not is_promoted or weeks_without_promotion < 3
  group by hour
$$;
comment on function ops.usual_hours is
  'What a store usually sells in each hour: the mean of the same hour of the same weekday in the four weeks before, without incidents and, where three weeks are left, without days of promotions. The hour itself is not among them.';

-- Transactions that were to be expected since the store last sold. Were they independent, then seeing none of n expected
-- has a probability of exp(-n): under one in a thousand from seven on.
create or replace function ops.silent_stores(as_of timestamptz)
returns table (
  store_id text, last_sale_at timestamptz, last_sign_at timestamptz, expected numeric, revenue numeric
)
language sql stable as $$
  with heard as materialized (
    select stores.store_id, stores.time_zone, sales.last_at as last_sale_at,
      greatest(doors.last_at, shelves.last_at) as last_sign_at
    from ref.stores
    left join (
      select store_id, max(last_pick_at) as last_at from state.shelf where last_pick_at <= as_of group by store_id
    ) as shelves using (store_id)
    left join lateral (
      select window_start + interval '5 minutes' as last_at from state.sales_window as live
      where live.store_id = stores.store_id and live.product_id = '' and live.transactions > 0
        and live.window_start <= as_of
      order by window_start desc limit 1
    ) as sales on true
    left join lateral (
      select window_start + interval '5 minutes' as last_at from state.sales_window as live
      where live.store_id = stores.store_id and live.product_id = '' and live.entries + live.exits > 0
        and live.window_start <= as_of
      order by window_start desc limit 1
    ) as doors on true
    where coalesce(sales.last_at, '-infinity') < as_of - interval '10 minutes'
  ),
  quiet as (
    select heard.*,
      greatest(last_sale_at, as_of - interval '1 day') at time zone time_zone as silent_from,
      as_of at time zone time_zone as silent_to
    from heard
  )
  select quiet.store_id, quiet.last_sale_at, quiet.last_sign_at, usual.transactions, usual.revenue
  from quiet
  cross join lateral (
    select
      sum(hours.transactions * overlap.share) as transactions,
      sum(hours.revenue * overlap.share) as revenue
    from ops.usual_hours(quiet.store_id, date_trunc('hour', quiet.silent_from), date_trunc('hour', quiet.silent_to)) as hours
    cross join lateral (
      select extract(epoch from
        least(hours.local_start + interval '1 hour', quiet.silent_to) - greatest(hours.local_start, quiet.silent_from)
      ) / 3600 as share
    ) as overlap
  ) as usual
  where usual.transactions >= 3
$$;
comment on function ops.silent_stores is
  'Stores that sold nothing for a while in which they usually sell, and when they last gave another sign of life.';
