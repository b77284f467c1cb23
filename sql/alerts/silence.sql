-- Not a rule: the functions that the rules about silent stores use.

create or replace function ops.store_is_open(of_store text, as_of timestamptz) returns boolean
language sql stable as $$
  with clock as (
    select as_of at time zone ops.time_zone_of(of_store) as now
  )
  -- The hours of the day before may last beyond midnight.
  select bool_or(
    opens_at is not null
      and now >= open_on + opens_at
      and now < open_on + closes_at + case when closes_at <= opens_at then interval '1 day' else interval '0' end
  ) filter (where open_on = now::date or closes_at <= opens_at)
  from clock
  join ref.opening_hours on store_id = of_store and open_on between now::date - 1 and now::date and not is_removed
  having bool_or(open_on = now::date)
$$;
comment on function ops.store_is_open is 'Whether a store is open by its opening hours; null: those of the day are not known.';

-- Counted in quarters of an hour: in every time zone hours begin at a quarter.
create or replace function ops.hours_shown(local_hour timestamp, zone text) returns numeric
language sql stable as $$
  select count(*) / 4.0
  from generate_series(
    local_hour at time zone zone - interval '2 hours', local_hour at time zone zone + interval '2 hours 45 minutes',
    interval '15 minutes'
  ) as quarter
  where date_trunc('hour', quarter at time zone zone) = local_hour
$$;
comment on function ops.hours_shown is
  'How long an hour of a local day lasts, in hours: 1; at a clock change also 0, 0.5, 1.5 or 2.';

create or replace function ops.usual_hours(of_store text, from_hour timestamp, to_hour timestamp)
returns table (local_start timestamp, transactions numeric, spread numeric, revenue numeric, weeks bigint)
language sql stable as $$
  with zone as materialized (
    select ops.time_zone_of(of_store) as time_zone
  ),
  past_week as (
    -- Of an hour that was shown twice, what one of them sold.
    select hour, past.transactions / shown.hours as transactions, past.revenue / shown.hours as revenue, promotion.is_promoted,
      count(*) filter (where not promotion.is_promoted) over (partition by hour) as weeks_without_promotion
    from zone
    cross join generate_series(from_hour, to_hour, interval '1 hour') as hour
    cross join generate_series(1, 4) as week
    cross join lateral (
      select case
        -- Five hours on the clock took five hours: no clock change, as in nearly every hour of a year.
        when (local_hour - interval '2 hours') at time zone time_zone + interval '5 hours'
          = (local_hour + interval '3 hours') at time zone time_zone then 1
        else ops.hours_shown(local_hour, time_zone)
      end as hours
      from (select hour - week * interval '7 days' as local_hour) as past
    ) as shown
    cross join lateral (
      -- Left out: days on which the store sold nothing, tagged incidents, times before the first window that is kept,
      -- and hours that a clock change skips.
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
    -- A day with more than half of its revenue from promotions is no measure for a day without.
    cross join lateral (
      select coalesce(sum(promoted_net_amount) >= sum(net_amount) / 2 and sum(promoted_net_amount) > 0, false) as is_promoted
      from analytics.sales_by_store_day
      join analytics.dim_store using (store_key)
      where dim_store.store_id = of_store and sale_date = hour::date - 7 * week
    ) as promotion
    where past.day_transactions > 0 and shown.hours > 0
  )
  select
    hour,
    avg(coalesce(transactions, 0)),
    coalesce(stddev_samp(coalesce(transactions, 0)), 0),
    avg(coalesce(revenue, 0)),
    count(*)
  from past_week
  -- Where most days have promotions, their days are used too.
  where not is_promoted or weeks_without_promotion < 3
  group by hour
$$;
comment on function ops.usual_hours is
  'What a store usually sells in each hour: the mean of the same hour of the same weekday in the four weeks before, without incidents and, where three weeks are left, without days of promotions. The hour itself is not included.';

-- The expected number of transactions since the store last sold. If transactions are independent, no sale where n are
-- expected has a probability of exp(-n): under one in a thousand for seven or more.
create or replace function ops.silent_stores(as_of timestamptz)
returns table (
  store_id text, last_sale_at timestamptz, last_sign_at timestamptz, expected numeric, revenue numeric
)
language sql stable as $$
  with reporting as materialized (
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
      where live.store_id = stores.store_id and live.product_id = '' and (live.entries > 0 or live.exits > 0)
        and live.window_start <= as_of
      order by window_start desc limit 1
    ) as doors on true
    where coalesce(sales.last_at, '-infinity') < as_of - interval '10 minutes'
  ),
  silent as (
    select reporting.*,
      greatest(last_sale_at, as_of - interval '1 day') as silent_from
    from reporting
  )
  select silent.store_id, silent.last_sale_at, silent.last_sign_at, usual.transactions, usual.revenue
  from silent
  cross join lateral (
    select
      sum(hours.transactions * overlap.share) as transactions,
      sum(hours.revenue * overlap.share) as revenue
    from (
      -- The length of the silence, split by the hours of the store's clock. Elapsed time is measured between instants; in
      -- every time zone hours begin at a quarter.
      select
        date_trunc('hour', quarter at time zone silent.time_zone) as local_start,
        sum(extract(epoch from least(quarter + interval '15 minutes', as_of) - greatest(quarter, silent.silent_from))) / 3600
          as share
      from generate_series(
        date_bin('15 minutes', silent.silent_from, '2000-01-01 00:00+00'), as_of, interval '15 minutes'
      ) as quarter
      group by 1
    ) as overlap
    join ops.usual_hours(
      silent.store_id,
      date_trunc('hour', silent.silent_from at time zone silent.time_zone), date_trunc('hour', as_of at time zone silent.time_zone)
    ) as hours using (local_start)
  ) as usual
  where usual.transactions >= 3
$$;
comment on function ops.silent_stores is
  'Stores without a sale in a time in which they usually sell, and when their doors or shelves last reported.';
