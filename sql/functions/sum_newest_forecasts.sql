-- A day is forecast on many days before it: only the days and stores that the given forecasts are about are looked at.
create or replace function analytics.sum_newest_forecasts(dates date[]) returns bigint
  language plpgsql as $$
declare
  rows_written bigint;
begin
  with touched as (
    select target_date, store_key from analytics.forecast_by_store_day where forecast_date = any (dates)
    union
    select target_date, store_key from analytics.forecast_by_category where forecast_date = any (dates)
  ),
  -- Earlier forecasts were made for earlier versions of the store.
  versions as (
    select distinct target_date, version.store_id, version.store_key
    from touched
    join analytics.dim_store using (store_key)
    join analytics.dim_store as version on version.store_id = dim_store.store_id
  ),
  made as (
    select target_date, store_id, store_key, latest.forecast_date
    from versions
    cross join lateral (
      select max(forecast_date) as forecast_date
      from analytics.forecast_by_category as each
      where each.target_date = versions.target_date and each.store_key = versions.store_key
    ) as latest
  ),
  newest as materialized (
    select
      target_date, store_key,
      case when forecast_date = max(forecast_date) over (partition by target_date, store_id) then forecast_date end as forecast_date
    from made
  ),
  summed as (
    select
      newest.target_date, newest.store_key, newest.forecast_date, sum(made.forecasts) as forecasts, sum(made.mean_quantity) as mean_quantity,
      sum(made.p10_quantity) as p10_quantity, sum(made.p90_quantity) as p90_quantity
    from newest
    left join analytics.forecast_by_category as made
      on made.forecast_date = newest.forecast_date and made.target_date = newest.target_date and made.store_key = newest.store_key
    group by newest.target_date, newest.store_key, newest.forecast_date
  )
  merge into analytics.forecast_by_store_day as target
  using summed on target.target_date = summed.target_date and target.store_key = summed.store_key
  when matched and summed.forecast_date is null then delete
  when matched then
    update set
      forecast_date = summed.forecast_date,
      forecasts = summed.forecasts,
      mean_quantity = summed.mean_quantity,
      p10_quantity = summed.p10_quantity,
      p90_quantity = summed.p90_quantity,
      updated_at = now()
  when not matched and summed.forecast_date is not null then
    insert (target_date, store_key, forecast_date, forecasts, mean_quantity, p10_quantity, p90_quantity)
    values (
      summed.target_date, summed.store_key, summed.forecast_date, summed.forecasts, summed.mean_quantity, summed.p10_quantity,
      summed.p90_quantity
    );
  get diagnostics rows_written = row_count;
  perform analytics.sum_sold_of_forecasts(
    array(select distinct target_date from analytics.forecast_by_store_day where forecast_date = any (dates))
  );
  return rows_written;
end;
$$;
comment on function analytics.sum_newest_forecasts(date[]) is
  'Finds the newest forecast again of each store and day that was forecast on these days; after sum_forecasts. Returns the rows written.';
