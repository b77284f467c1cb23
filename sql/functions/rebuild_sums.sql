create or replace function analytics.rebuild_sums(first_day date, last_day date) returns table (aggregate text, dates bigint, rows_written bigint)
  language plpgsql as $$
declare
  forgotten date[];
begin
  perform pg_advisory_xact_lock(731204120);
  delete from analytics.aggregated_dates where sale_date between first_day and last_day;
  -- Days whose sales are gone are in no ledger, and refresh_bi finds none of them.
  forgotten := array(
    select sale_date from analytics.sales_by_store_day where sale_date between first_day and last_day
    union
    select sale_date from analytics.sales_by_day_total where sale_date between first_day and last_day
    except
    select date from ops.partition_ledger where asset = 'fact_sales' and succeeded_run is not null
  );
  perform analytics.forget_sales_days(forgotten);
  insert into analytics.changed_day (sums, day)
  select sums, day
  from unnest(array['stock', 'slow_movers', 'forecasts', 'forecast_errors']) as sums
  cross join generate_series(first_day, last_day, interval '1 day') as day;
  return query select * from analytics.refresh_bi();
end;
$$;
comment on function analytics.rebuild_sums(date, date) is
  'Makes every sum of these days again from its facts, whether or not anything has changed; of the stock, of now.';
