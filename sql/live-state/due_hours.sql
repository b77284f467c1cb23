-- The next hour to evaluate in each store that is behind its closed windows, the hours in order. $1: as of, $2: at most so
-- many stores, $3: how many hours a store may be behind; older hours are skipped.
-- Instants are cut to the hours of the store's clock without becoming local times on the way: in the hour that autumn
-- repeats, a local time is two instants, and where clocks change by half an hour so do the starts of hours.
with frontier as materialized (
  select ops.low_watermark('sales_windows', $1) as closed_until
),
store as (
  select
    model.store_id,
    model.evaluated_hour,
    model.model,
    model.usual_visitors,
    stores.time_zone,
    date_trunc('hour', date_trunc('hour', closed_until, stores.time_zone) - interval '1 second', stores.time_zone) as newest
  from state.availability_model as model
  join ref.stores using (store_id)
  cross join frontier
),
due as (
  select
    *,
    greatest(
      coalesce(date_trunc('hour', evaluated_hour + interval '1 hour', time_zone), newest),
      date_trunc('hour', newest - make_interval(hours => $3), time_zone)
    ) as hour
  from store
)
select
  due.store_id as "storeId",
  due.hour,
  -- By its last minutes: an hour that a change cuts short began before the clock showed it.
  extract(hour from (due.hour + interval '59 minutes') at time zone due.time_zone)::integer as "localHour",
  due.model,
  due.usual_visitors as "usualVisitors",
  coalesce(window_hour.lines, 0) as lines,
  coalesce(window_hour.entries, 0) as entries,
  coalesce(window_hour.transactions, 0) as transactions
from due
left join state.sales_hour as window_hour
  on window_hour.store_id = due.store_id and window_hour.product_id = '' and window_hour.window_start = due.hour
where due.hour <= due.newest
order by due.hour, due.store_id
limit $2
