-- Sums that reports ask for all day, kept as tables. They are tables and not materialized views, because a materialized
-- view has no row-level security and can't be refreshed for one date.

create table analytics.sales_by_store_day (
  sale_date date not null,
  store_key bigint not null,
  transactions bigint not null,
  lines bigint not null,
  customers bigint not null,
  quantity numeric not null,
  gross_amount numeric not null,
  discount_amount numeric not null,
  net_amount numeric not null,
  promoted_net_amount numeric not null,
  return_lines bigint not null,
  returned_quantity numeric not null,
  returned_amount numeric not null,
  updated_at timestamptz not null default now(),
  primary key (sale_date, store_key)
) partition by range (sale_date);
comment on table analytics.sales_by_store_day is 'fact_sales summed to store × day.';
comment on column analytics.sales_by_store_day.sale_date is 'The store''s day.';
comment on column analytics.sales_by_store_day.store_key is 'Version of the store that held at the sale.';
comment on column analytics.sales_by_store_day.transactions is 'Baskets or invoices.';
comment on column analytics.sales_by_store_day.lines is 'Lines sold or returned.';
comment on column analytics.sales_by_store_day.customers is 'Different customers, of those who are known.';
comment on column analytics.sales_by_store_day.quantity is 'Units sold less units returned.';
comment on column analytics.sales_by_store_day.gross_amount is 'quantity × list price, before discount.';
comment on column analytics.sales_by_store_day.discount_amount is 'Money taken off.';
comment on column analytics.sales_by_store_day.net_amount is 'Revenue less what was paid back.';
comment on column analytics.sales_by_store_day.promoted_net_amount is 'Part of net_amount that was sold under a promotion.';
comment on column analytics.sales_by_store_day.return_lines is 'Lines that take goods back.';
comment on column analytics.sales_by_store_day.returned_quantity is 'Units returned.';
comment on column analytics.sales_by_store_day.returned_amount is 'Money paid back.';
comment on column analytics.sales_by_store_day.updated_at is 'When this row was last written.';

create table analytics.sales_by_store_hour (
  sale_date date not null,
  store_key bigint not null,
  hour_of_day smallint not null,
  transactions bigint not null,
  lines bigint not null,
  quantity numeric not null,
  net_amount numeric not null,
  updated_at timestamptz not null default now(),
  primary key (sale_date, store_key, hour_of_day)
) partition by range (sale_date);
comment on table analytics.sales_by_store_hour is 'fact_sales summed to store × hour of the store''s clock.';
comment on column analytics.sales_by_store_hour.sale_date is 'The store''s day.';
comment on column analytics.sales_by_store_hour.store_key is 'Version of the store that held at the sale.';
comment on column analytics.sales_by_store_hour.hour_of_day is 'Hour on the store''s clock, 0 to 23.';
comment on column analytics.sales_by_store_hour.transactions is 'Baskets or invoices with a line in the hour.';
comment on column analytics.sales_by_store_hour.lines is 'Lines sold or returned.';
comment on column analytics.sales_by_store_hour.quantity is 'Units sold less units returned.';
comment on column analytics.sales_by_store_hour.net_amount is 'Revenue less what was paid back.';
comment on column analytics.sales_by_store_hour.updated_at is 'When this row was last written.';

create table analytics.sales_by_category_day (
  sale_date date not null,
  store_key bigint not null,
  department text not null,
  category text not null,
  transactions bigint not null,
  lines bigint not null,
  quantity numeric not null,
  gross_amount numeric not null,
  discount_amount numeric not null,
  net_amount numeric not null,
  promoted_net_amount numeric not null,
  updated_at timestamptz not null default now(),
  primary key (sale_date, store_key, department, category)
) partition by range (sale_date);
comment on table analytics.sales_by_category_day is 'fact_sales summed to store × category × day, by the category that held at the sale.';
comment on column analytics.sales_by_category_day.sale_date is 'The store''s day.';
comment on column analytics.sales_by_category_day.store_key is 'Version of the store that held at the sale.';
comment on column analytics.sales_by_category_day.department is 'Department of the product at the sale; Unknown where the catalogue says none.';
comment on column analytics.sales_by_category_day.category is 'Category of the product at the sale; Unknown where the catalogue says none.';
comment on column analytics.sales_by_category_day.transactions is 'Baskets or invoices with a line in the category: not additive over categories.';
comment on column analytics.sales_by_category_day.lines is 'Lines sold or returned.';
comment on column analytics.sales_by_category_day.quantity is 'Units sold less units returned.';
comment on column analytics.sales_by_category_day.gross_amount is 'quantity × list price, before discount.';
comment on column analytics.sales_by_category_day.discount_amount is 'Money taken off.';
comment on column analytics.sales_by_category_day.net_amount is 'Revenue less what was paid back.';
comment on column analytics.sales_by_category_day.promoted_net_amount is 'Part of net_amount that was sold under a promotion.';
comment on column analytics.sales_by_category_day.updated_at is 'When this row was last written.';

create table analytics.stock_cover (
  store_key bigint not null,
  product_key bigint not null,
  on_hand_quantity numeric not null,
  sold_quantity numeric not null,
  daily_quantity numeric not null,
  days_of_cover numeric,
  measured_on date not null,
  updated_at timestamptz not null default now(),
  primary key (store_key, product_key)
);
comment on table analytics.stock_cover is 'How long the live stock lasts at the pace of the 28 days up to measured_on.';
comment on column analytics.stock_cover.store_key is 'Current version of the store.';
comment on column analytics.stock_cover.product_key is 'Current version of the product.';
comment on column analytics.stock_cover.on_hand_quantity is 'Units that should be on hand.';
comment on column analytics.stock_cover.sold_quantity is 'Units sold less units returned in the 28 days up to measured_on.';
comment on column analytics.stock_cover.daily_quantity is 'sold_quantity ÷ 28; 0 where returns outweigh sales.';
comment on column analytics.stock_cover.days_of_cover is 'on_hand_quantity ÷ daily_quantity; 0 when out of stock, null when nothing sold.';
comment on column analytics.stock_cover.measured_on is 'The last day with a sale in any store.';
comment on column analytics.stock_cover.updated_at is 'When this row was last written.';

create table analytics.aggregated_dates (
  sale_date date primary key,
  ledger_run bigint not null,
  has_unknown_products boolean not null,
  aggregated_at timestamptz not null
);
comment on table analytics.aggregated_dates is 'Which run of the ledger each date''s sums were made from.';
comment on column analytics.aggregated_dates.sale_date is 'The day.';
comment on column analytics.aggregated_dates.ledger_run is 'The run of fact_sales, as in ops.partition_ledger.';
comment on column analytics.aggregated_dates.has_unknown_products is 'Some lines name a product that no catalogue knew.';
comment on column analytics.aggregated_dates.aggregated_at is 'When the sums were made.';

do $$
declare
  target text;
begin
  foreach target in array array['sales_by_store_day', 'sales_by_store_hour', 'sales_by_category_day', 'stock_cover'] loop
    execute format('alter table analytics.%I enable row level security', target);
    execute format('create policy application on analytics.%I to shelfline_app using (true) with check (true)', target);
    execute format(
      'create policy own_stores on analytics.%I for select to bi_reader using (store_key = any (array(select analytics.visible_store_keys())))',
      target
    );
    execute format('grant select on analytics.%I to bi_reader', target);
  end loop;
end;
$$;

-- A date is summed anew when its partition of fact_sales was replaced since: the ledger's run differs, whichever came
-- first. And when it holds products that no catalogue knew and the catalogue has grown since, because an inferred member
-- is filled in without its facts being touched; an hour's overlap covers loads that were still open.
create function analytics.dates_to_aggregate() returns table (sale_date date, ledger_run bigint)
  language sql stable
  begin atomic
    with filled_in as (
      select max(updated_at) as updated_at from analytics.dim_product where not is_unknown
    )
    select ledger.date, ledger.succeeded_run
    from ops.partition_ledger as ledger
    left join analytics.aggregated_dates as done on done.sale_date = ledger.date
    cross join filled_in
    where
      ledger.asset = 'fact_sales'
      and ledger.succeeded_run is not null
      and (
        done.ledger_run is distinct from ledger.succeeded_run
        or (done.has_unknown_products and filled_in.updated_at > done.aggregated_at - interval '1 hour')
      )
    order by ledger.date;
  end;
comment on function analytics.dates_to_aggregate() is 'Dates whose sums are missing or older than fact_sales, with the ledger''s run.';

create function analytics.aggregate_date(business_date date) returns bigint
  language plpgsql as $$
declare
  rows_of_table bigint;
  rows_written bigint := 0;
begin
  delete from analytics.sales_by_store_day where sale_date = business_date;
  insert into analytics.sales_by_store_day (
    sale_date, store_key, transactions, lines, customers, quantity, gross_amount, discount_amount, net_amount,
    promoted_net_amount, return_lines, returned_quantity, returned_amount
  )
  select
    business_date,
    store_key,
    count(distinct transaction_id),
    count(*),
    count(distinct customer_id),
    sum(quantity),
    sum(gross_amount),
    sum(discount_amount),
    sum(net_amount),
    coalesce(sum(net_amount) filter (where is_promoted), 0),
    count(*) filter (where is_return),
    coalesce(-sum(quantity) filter (where is_return), 0),
    coalesce(-sum(net_amount) filter (where is_return), 0)
  from analytics.fact_sales
  where sale_date = business_date
  group by store_key;
  get diagnostics rows_of_table = row_count;
  rows_written := rows_written + rows_of_table;

  delete from analytics.sales_by_store_hour where sale_date = business_date;
  insert into analytics.sales_by_store_hour (
    sale_date, store_key, hour_of_day, transactions, lines, quantity, net_amount
  )
  select
    business_date,
    store_key,
    extract(hour from sold_at at time zone time_zone) as hour_of_day,
    count(distinct transaction_id),
    count(*),
    sum(quantity),
    sum(net_amount)
  from analytics.fact_sales
  join analytics.dim_store using (store_key)
  where sale_date = business_date
  group by store_key, hour_of_day;
  get diagnostics rows_of_table = row_count;
  rows_written := rows_written + rows_of_table;

  delete from analytics.sales_by_category_day where sale_date = business_date;
  insert into analytics.sales_by_category_day (
    sale_date, store_key, department, category, transactions, lines, quantity, gross_amount, discount_amount, net_amount,
    promoted_net_amount
  )
  select
    business_date,
    store_key,
    coalesce(department, 'Unknown') as department_name,
    coalesce(category, 'Unknown') as category_name,
    count(distinct transaction_id),
    count(*),
    sum(quantity),
    sum(gross_amount),
    sum(discount_amount),
    sum(net_amount),
    coalesce(sum(net_amount) filter (where is_promoted), 0)
  from analytics.fact_sales
  join analytics.dim_product using (product_key)
  where sale_date = business_date
  group by store_key, department_name, category_name;
  get diagnostics rows_of_table = row_count;
  return rows_written + rows_of_table;
end;
$$;
comment on function analytics.aggregate_date(date) is 'Replaces one date of the sales sums; returns the rows written.';

-- Only rows that differ are written, so that updated_at tells what changed and readers are never locked out.
create function analytics.refresh_stock_cover() returns bigint
  language plpgsql as $$
declare
  last_date date := (select max(sale_date) from state.sales_day);
  rows_written bigint;
begin
  with recent_sales as (
    select store_id, product_id, sum(units) as quantity
    from state.sales_day
    where sale_date > last_date - 28
    group by store_id, product_id
  ),
  cover as (
    select
      dim_store.store_key,
      dim_product.product_key,
      stock.on_hand,
      coalesce(recent_sales.quantity, 0) as sold,
      round(greatest(coalesce(recent_sales.quantity, 0), 0) / 28, 6) as daily
    from state.stock
    join analytics.dim_store on dim_store.store_id = stock.store_id and dim_store.is_current
    join analytics.dim_product on dim_product.product_id = stock.product_id and dim_product.is_current
    left join recent_sales on recent_sales.store_id = stock.store_id and recent_sales.product_id = stock.product_id
    where last_date is not null
  )
  merge into analytics.stock_cover as target
  using cover on target.store_key = cover.store_key and target.product_key = cover.product_key
  when not matched then
    insert (store_key, product_key, on_hand_quantity, sold_quantity, daily_quantity, days_of_cover, measured_on)
    values (store_key, product_key, on_hand, sold, daily, round(greatest(on_hand, 0) / nullif(daily, 0), 1), last_date)
  when matched and (target.on_hand_quantity, target.sold_quantity, target.measured_on) is distinct from (on_hand, sold, last_date) then
    update set
      on_hand_quantity = on_hand,
      sold_quantity = sold,
      daily_quantity = daily,
      days_of_cover = round(greatest(on_hand, 0) / nullif(daily, 0), 1),
      measured_on = last_date,
      updated_at = now()
  when not matched by source then delete;
  get diagnostics rows_written = row_count;
  return rows_written;
end;
$$;
comment on function analytics.refresh_stock_cover() is 'Brings stock_cover up to the live stock; returns the rows that changed.';

create function analytics.refresh_bi() returns table (aggregate text, dates bigint, rows_written bigint)
  language plpgsql as $$
declare
  pending record;
begin
  -- Two refreshes at once queue; the second finds nothing left to do.
  perform pg_advisory_xact_lock(731204120);
  aggregate := 'sales';
  dates := 0;
  rows_written := 0;
  for pending in select * from analytics.dates_to_aggregate() loop
    perform analytics.ensure_partitions(pending.sale_date, pending.sale_date);
    rows_written := rows_written + analytics.aggregate_date(pending.sale_date);
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
  return next;
  aggregate := 'stock_cover';
  dates := null;
  rows_written := analytics.refresh_stock_cover();
  return next;
end;
$$;
comment on function analytics.refresh_bi() is
  'Brings the sums behind bi up to date: the dates of fact_sales that changed, and the stock cover. May run at any time, again, and twice at once.';
revoke execute on function
  analytics.dates_to_aggregate(), analytics.aggregate_date(date), analytics.refresh_stock_cover(), analytics.refresh_bi()
from public;
