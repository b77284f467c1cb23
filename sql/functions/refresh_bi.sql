create or replace function analytics.refresh_bi() returns table (aggregate text, dates bigint, rows_written bigint)
  language plpgsql as $$
declare
  pending record;
  months date[] := '{}';
  month date;
begin
  -- Two refreshes at once queue; the second finds nothing left to do.
  perform pg_advisory_xact_lock(731204120);
  aggregate := 'sales';
  dates := 0;
  rows_written := 0;
  for pending in select * from analytics.dates_to_aggregate() loop
    perform analytics.ensure_partitions(pending.sale_date, pending.sale_date);
    rows_written := rows_written + analytics.sum_sales_day(pending.sale_date);
    months := months || analytics.months_of_day(pending.sale_date);
    insert into analytics.aggregated_dates (sale_date, ledger_run, has_unknown_products, aggregated_at)
    values (
      pending.sale_date,
      pending.ledger_run,
      exists (
        select from analytics.fact_sales join analytics.dim_product using (product_key)
        where sale_date = pending.sale_date and is_unknown
      ),
      now()
    )
    on conflict (sale_date) do update set
      ledger_run = excluded.ledger_run,
      has_unknown_products = excluded.has_unknown_products,
      aggregated_at = excluded.aggregated_at;
    dates := dates + 1;
  end loop;
  for month in select distinct unnest(months) loop
    rows_written := rows_written + analytics.sum_month(month);
  end loop;
  if dates > 0 or not exists (select from analytics.customer_segments) then
    perform analytics.sum_segments();
  end if;
  return next;
  aggregate := 'stock_cover';
  dates := null;
  rows_written := analytics.refresh_stock_cover();
  return next;
  aggregate := 'markdowns';
  rows_written := analytics.refresh_markdowns();
  return next;
  aggregate := 'changed days';
  rows_written := analytics.sum_changed_days();
  return next;
end;
$$;
