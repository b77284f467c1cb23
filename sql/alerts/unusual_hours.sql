-- Not a rule: the hours that the rules about unusual sales read.
create or replace function ops.unusual_hours(as_of timestamptz)
returns table (
  store_id text, hour_start timestamptz, local_start timestamp, transactions bigint, revenue numeric, usual numeric, usual_revenue numeric,
  score numeric, weeks bigint
)
language sql stable as $$
  select
    hours.store_id, hours.hour_start, hours.local_start, hours.transactions, hours.revenue, usual.transactions, usual.revenue,
    -- Four weeks estimate the spread badly: it is at least that of independent customers plus a sixth of the mean.
    round((hours.transactions - usual.transactions)
      / sqrt(greatest(usual.spread ^ 2, usual.transactions + (usual.transactions / 6) ^ 2, 1)), 2),
    usual.weeks
  from (
    select stores.store_id, coalesce(live.transactions, 0)::bigint as transactions, coalesce(live.revenue, 0) as revenue,
      hour_start, hour_start at time zone stores.time_zone as local_start
    from ref.stores
    -- The newest hour that ended at least ten minutes ago: its events have arrived. It is an instant, because a local time
    -- is ambiguous when a clock change repeats an hour.
    cross join lateral (
      select date_trunc('hour', as_of - interval '70 minutes', stores.time_zone) as hour_start
    ) as newest
    left join state.sales_hour as live
      on live.store_id = stores.store_id and live.product_id = '' and live.window_start = hour_start
  ) as hours
  cross join lateral ops.usual_hours(hours.store_id, hours.local_start, hours.local_start) as usual
  where usual.weeks >= 3 and usual.transactions >= 10
    -- An hour that a clock change shortens is not compared: it began before its first local minute.
    and hours.local_start = date_trunc('hour', hours.local_start)
    and not exists (
      select from ops.incident
      where coalesce(incident.store_id, hours.store_id) = hours.store_id and as_of between starts_at and ends_at
    )
$$;
comment on function ops.unusual_hours is
  'The newest complete hour of each store, what is usual, and the difference in standard deviations.';
