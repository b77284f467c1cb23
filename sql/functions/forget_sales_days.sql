create or replace function analytics.forget_sales_days(dates date[]) returns bigint
  language plpgsql as $$
declare
  rows_written bigint := 0;
begin
  delete from analytics.aggregated_dates where sale_date = any (dates);
  select rows_written + coalesce(sum(analytics.sum_sales_day(day)), 0) into rows_written from unnest(dates) as day;
  select rows_written + coalesce(sum(analytics.sum_month(month)), 0) into rows_written
  from (select distinct unnest(analytics.months_of_day(day)) as month from unnest(dates) as day) as touched;
  perform analytics.sum_segments();
  return rows_written;
end;
$$;
comment on function analytics.forget_sales_days(date[]) is 'The sums of days whose sales were removed go with them. Returns the rows written for what is left of their months.';
revoke execute on function analytics.forget_sales_days(date[]) from public;
