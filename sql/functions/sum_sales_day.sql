create or replace function analytics.sum_sales_day(business_date date) returns bigint
  language plpgsql as $$
declare
  rows_written bigint;
begin
  rows_written := analytics.aggregate_date(business_date) + analytics.sum_customers(business_date);
  perform analytics.sum_all_stores(business_date);
  return rows_written;
end;
$$;
comment on function analytics.sum_sales_day(date) is 'Replaces the sums of one day of sales; those by month are behind until sum_month. Returns the rows written.';
revoke execute on function analytics.sum_sales_day(date) from public;
