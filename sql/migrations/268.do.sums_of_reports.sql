-- Sums for what reports still read row by row: stock, stock-outs and waste by store and day, the newest forecast of each day, errors by week,
-- the age of what hardly sells, segments of customers, and how evenly products sell. A load only notes which days it has changed; refresh_bi
-- sums them once, however many statements changed them.

create table analytics.changed_day (
  change_id bigint generated always as identity primary key,
  sums text not null check (sums in ('stock', 'slow_movers', 'forecasts', 'forecast_errors')),
  day date not null
);
comment on table analytics.changed_day is 'Days whose facts have changed since they were last summed. refresh_bi sums them and removes them here.';
comment on column analytics.changed_day.sums is
  'stock: fact_inventory, fact_stockout or fact_stock_movement changed; slow_movers: fact_slow_mover; forecasts: fact_forecast; forecast_errors: forecast_accuracy.';
comment on column analytics.changed_day.day is 'The day of the facts; of forecasts the day on which they were made.';

create function analytics.note_changed_days() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  execute format('insert into analytics.changed_day (sums, day) select distinct $1, %I from changed', tg_argv[1]) using tg_argv[0];
  return null;
end;
$$;
comment on function analytics.note_changed_days() is 'Notes the days of changed rows. Arguments: the sums, and the column that has the day.';
revoke execute on function analytics.note_changed_days() from public;

drop trigger sum_inserted on analytics.fact_forecast;
drop trigger sum_deleted on analytics.fact_forecast;
drop trigger sum_inserted on analytics.forecast_accuracy;
drop trigger sum_deleted on analytics.forecast_accuracy;
drop function analytics.sum_changed_forecasts();
drop function analytics.sum_forecast_accuracy();

do $$
declare
  fact record;
  change record;
begin
  for fact in
    select * from (values
      ('fact_inventory', 'stock', 'inventory_date'),
      ('fact_stockout', 'stock', 'stockout_date'),
      ('fact_stock_movement', 'stock', 'movement_date'),
      ('fact_slow_mover', 'slow_movers', 'measured_on'),
      ('fact_forecast', 'forecasts', 'forecast_date'),
      ('forecast_accuracy', 'forecast_errors', 'target_date')
    ) as known (name, sums, day)
  loop
    for change in select * from (values ('insert', 'new'), ('update', 'new'), ('delete', 'old')) as made (kind, rows) loop
      execute format(
        'create trigger note_%1$s after %1$s on analytics.%2$I referencing %3$s table as changed for each statement
         execute function analytics.note_changed_days(%4$L, %5$L)',
        change.kind, fact.name, change.rows, fact.sums, fact.day
      );
    end loop;
  end loop;
end;
$$;

create table analytics.stock_by_store_day (
  business_date date not null,
  store_key bigint not null,
  products bigint not null,
  stock_value numeric,
  overstock_value numeric,
  stockouts bigint not null,
  out_of_stock_minutes bigint not null,
  lost_quantity numeric,
  lost_amount numeric,
  wasted_quantity numeric not null,
  wasted_cost_amount numeric,
  wasted_list_amount numeric,
  updated_at timestamptz not null default now(),
  primary key (business_date, store_key)
);
comment on table analytics.stock_by_store_day is
  'fact_inventory, fact_stockout and the waste of fact_stock_movement summed to store × day, with the maximum cover of ref.policy_default: a migration that changes it sums all days again.';

create table analytics.slow_movers_by_age (
  measured_on date not null,
  store_key bigint not null,
  aging text not null,
  products bigint not null,
  tied_up_amount numeric,
  updated_at timestamptz not null default now(),
  primary key (measured_on, store_key, aging)
);
comment on table analytics.slow_movers_by_age is 'fact_slow_mover summed to store × age.';
-- The worst first, for the list.
create index fact_slow_mover_by_value on analytics.fact_slow_mover (tied_up_amount desc nulls last);

create table analytics.forecast_by_store_day (
  target_date date not null,
  store_key bigint not null,
  forecast_date date not null,
  forecasts bigint,
  mean_quantity numeric,
  p10_quantity numeric,
  p90_quantity numeric,
  actual_quantity numeric,
  updated_at timestamptz not null default now(),
  primary key (target_date, store_key)
);
comment on table analytics.forecast_by_store_day is 'The newest forecast of each store and day, summed over its products, and what they sold.';
create index forecast_by_store_day_made on analytics.forecast_by_store_day (forecast_date);
create index forecast_by_category_of_target on analytics.forecast_by_category (target_date, store_key, forecast_date);

alter table analytics.forecast_accuracy
  add column squared_error numeric,
  add column relative_error numeric,
  add column sold_forecasts bigint;
comment on column analytics.forecast_accuracy.squared_error is 'Sum over the products of (forecast − sold)²; null: loaded before it was kept.';
comment on column analytics.forecast_accuracy.relative_error is 'Sum of |forecast − sold| ÷ sold over the products that sold; null: loaded before it was kept.';
comment on column analytics.forecast_accuracy.sold_forecasts is 'Forecasts of the products that sold; null: loaded before it was kept.';
-- The week as it was forecast on the Sunday before.
create index forecast_accuracy_of_week on analytics.forecast_accuracy (target_date)
  where horizon_days = extract(isodow from target_date);
alter table analytics.forecast_accuracy_total
  add column squared_error numeric,
  add column relative_error numeric,
  add column sold_forecasts numeric,
  -- Forecasts whose squared error is known.
  add column squared_forecasts numeric;

create table analytics.forecast_accuracy_by_week (
  week_start date not null,
  store_key bigint not null,
  category text not null,
  days bigint not null,
  actual_quantity numeric not null,
  forecast_quantity numeric not null,
  updated_at timestamptz not null default now(),
  primary key (week_start, store_key, category)
);
comment on table analytics.forecast_accuracy_by_week is
  'forecast_accuracy summed to store × category × week, of the forecasts that were made on the Sunday before.';

create table analytics.customer_segments (
  store_key bigint not null,
  segment text not null,
  customers bigint not null,
  repeat_customers bigint not null,
  transactions bigint not null,
  net_amount numeric not null,
  updated_at timestamptz not null default now(),
  primary key (store_key, segment)
);
comment on table analytics.customer_segments is 'The customers of each store, counted by segment.';

alter table analytics.sales_by_product_month add column xyz_class text;
comment on column analytics.sales_by_product_month.xyz_class is
  'By the weeks that ended in the month: X: weekly sales vary by at most half of their mean; Y: by at most their mean; Z: by more. Null: nothing sold in them.';
alter table analytics.assortment_by_class
  add column x_products bigint not null default 0,
  add column y_products bigint not null default 0,
  add column z_products bigint not null default 0;

-- The list of what is short, the worst first.
drop index analytics.stock_cover_short;
create index stock_cover_short on analytics.stock_cover ((reorder_point - on_hand_quantity) desc)
  where stock_status in ('out of stock', 'below safety stock', 'below reorder point');
create index stock_cover_reorder_point on analytics.stock_cover (reorder_point desc);

do $$
declare
  target text;
begin
  -- A row a store or so: comparing each with the array of someone who sees everything would cost more than reading them all.
  foreach target in array array[
    'stock_by_store_day', 'slow_movers_by_age', 'forecast_by_store_day', 'forecast_accuracy_by_week', 'customer_segments'
  ] loop
    execute format('alter table analytics.%I enable row level security', target);
    execute format('create policy application on analytics.%I to shelfline_app using (true) with check (true)', target);
    execute format(
      'create policy own_stores on analytics.%I for select to bi_reader
       using ((select ref.sees_everything()) or store_key = any (array(select analytics.visible_store_keys())))',
      target
    );
    execute format('grant select on analytics.%I to bi_reader', target);
  end loop;
end;
$$;

create function analytics.sum_stock_days(dates date[]) returns bigint
  language plpgsql as $$
declare
  rows_written bigint;
begin
  delete from analytics.stock_by_store_day where business_date = any (dates);
  insert into analytics.stock_by_store_day (
    business_date, store_key, products, stock_value, overstock_value, stockouts, out_of_stock_minutes, lost_quantity, lost_amount,
    wasted_quantity, wasted_cost_amount, wasted_list_amount
  )
  with held as (
    select
      inventory_date as day, store_key, count(*) as products, sum(stock_value) as stock_value,
      sum(greatest(closing_quantity - policy.maximum_cover_days * daily_quantity, 0) * unit_cost) as overstock_value
    from analytics.fact_inventory
    cross join ref.policy_default as policy
    where inventory_date = any (dates)
    group by inventory_date, store_key
  ),
  missed as (
    select
      stockout_date as day, store_key, count(*) as stockouts, sum(out_of_stock_minutes) as minutes, sum(lost_quantity) as quantity,
      sum(lost_amount) as amount
    from analytics.fact_stockout
    where stockout_date = any (dates)
    group by stockout_date, store_key
  ),
  wasted as (
    select
      movement_date as day, store_key, -sum(quantity) as quantity, -sum(quantity * unit_cost) as cost_amount,
      -sum(quantity * list_price) as list_amount
    from analytics.fact_stock_movement
    where movement_date = any (dates) and reason = 'waste'
    group by movement_date, store_key
  )
  select
    day, store_key, coalesce(held.products, 0), held.stock_value, held.overstock_value, coalesce(missed.stockouts, 0),
    coalesce(missed.minutes, 0), missed.quantity, missed.amount, coalesce(wasted.quantity, 0), wasted.cost_amount, wasted.list_amount
  from held
  full join missed using (day, store_key)
  full join wasted using (day, store_key);
  get diagnostics rows_written = row_count;
  return rows_written;
end;
$$;
comment on function analytics.sum_stock_days(date[]) is 'Replaces the sums of these days of stock, stock-outs and waste by store; returns the rows written.';

create function analytics.sum_slow_movers(dates date[]) returns bigint
  language plpgsql as $$
declare
  rows_written bigint;
begin
  delete from analytics.slow_movers_by_age where measured_on = any (dates);
  insert into analytics.slow_movers_by_age (measured_on, store_key, aging, products, tied_up_amount)
  select measured_on, store_key, aging, count(*), sum(tied_up_amount)
  from analytics.fact_slow_mover
  where measured_on = any (dates)
  group by measured_on, store_key, aging;
  get diagnostics rows_written = row_count;
  return rows_written;
end;
$$;
comment on function analytics.sum_slow_movers(date[]) is 'Replaces the sums of these days of slow movers by store and age; returns the rows written.';

create function analytics.sum_sold_of_forecasts(dates date[]) returns void
  language sql as $$
  update analytics.forecast_by_store_day as newest set
    actual_quantity = (
      select sum(error.actual_quantity)
      from analytics.forecast_accuracy as error
      where error.target_date = newest.target_date and error.store_key = newest.store_key
        and error.horizon_days = newest.target_date - newest.forecast_date
    ),
    updated_at = now()
  where newest.target_date = any (dates)
$$;
comment on function analytics.sum_sold_of_forecasts(date[]) is 'Fills in what was sold on these days of the products that were forecast.';

-- A day is forecast on many days before it: only the days and stores that the given forecasts are about are looked at.
create function analytics.sum_newest_forecasts(dates date[]) returns bigint
  language plpgsql as $$
declare
  rows_written bigint;
begin
  with touched as (
    select target_date, store_key from analytics.forecast_by_store_day where forecast_date = any (dates)
    union
    select target_date, store_key from analytics.forecast_by_category where forecast_date = any (dates)
  ),
  newest as materialized (
    select target_date, store_key, made.forecast_date
    from touched
    cross join lateral (
      select max(forecast_date) as forecast_date
      from analytics.forecast_by_category as each
      where each.target_date = touched.target_date and each.store_key = touched.store_key
    ) as made
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
  when not matched then
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

create function analytics.sum_forecast_weeks(dates date[]) returns void
  language plpgsql as $$
declare
  weeks date[] := array(select distinct date_trunc('week', day)::date from unnest(dates) as day);
begin
  delete from analytics.forecast_accuracy_by_week where week_start = any (weeks);
  insert into analytics.forecast_accuracy_by_week (week_start, store_key, category, days, actual_quantity, forecast_quantity)
  select
    date_trunc('week', target_date)::date as week_start, store_key, category, count(distinct target_date), sum(actual_quantity),
    sum(forecast_quantity)
  from analytics.forecast_accuracy
  where
    target_date = any (array(select week + day from unnest(weeks) as week cross join generate_series(0, 6) as day))
    and horizon_days = extract(isodow from target_date)
  group by date_trunc('week', target_date), store_key, category;
end;
$$;
comment on function analytics.sum_forecast_weeks(date[]) is 'Replaces the sums by week of the errors of the weeks that these days are in.';

create or replace function analytics.sum_forecast_errors(dates date[]) returns void
  language plpgsql as $$
begin
  delete from analytics.forecast_accuracy_total where target_date = any (dates);
  insert into analytics.forecast_accuracy_total (
    target_date, category, horizon_days, model_name, model_version, actual_quantity, forecast_quantity, absolute_error, intervals,
    covered_80, stores, forecasts, pinball_loss, covered_90, squared_error, relative_error, sold_forecasts, squared_forecasts
  )
  select
    target_date, category, horizon_days, model_name, model_version, sum(actual_quantity), sum(forecast_quantity), sum(absolute_error),
    sum(intervals), sum(covered_80), count(distinct store_key), sum(forecasts), sum(pinball_loss), sum(covered_90), sum(squared_error),
    sum(relative_error), sum(sold_forecasts), sum(forecasts) filter (where squared_error is not null)
  from analytics.forecast_accuracy
  where target_date = any (dates)
  group by target_date, category, horizon_days, model_name, model_version;
  perform analytics.sum_forecast_weeks(dates);
  perform analytics.sum_sold_of_forecasts(dates);
end;
$$;

-- With the rights of the owner: the view of the customers is for readers.
create function analytics.sum_segments() returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  delete from analytics.customer_segments;
  insert into analytics.customer_segments (store_key, segment, customers, repeat_customers, transactions, net_amount)
  select store_key, segment, count(*), count(*) filter (where is_repeat), sum(transactions), sum(net_amount)
  from bi.customer_analytics
  group by store_key, segment;
end;
$$;
comment on function analytics.sum_segments() is 'Makes customer_segments again from the sums by customer.';

create function analytics.sum_changed_days() returns bigint
  language plpgsql as $$
declare
  stock_days date[];
  slow_days date[];
  forecast_days date[];
  error_days date[];
  rows_written bigint;
begin
  -- What a load that has not ended has noted stays, and is summed after it.
  with taken as (
    delete from analytics.changed_day returning sums, day
  )
  select
    array_agg(distinct day) filter (where sums = 'stock'),
    array_agg(distinct day) filter (where sums = 'slow_movers'),
    array_agg(distinct day) filter (where sums = 'forecasts'),
    array_agg(distinct day) filter (where sums = 'forecast_errors')
  into stock_days, slow_days, forecast_days, error_days
  from taken;
  rows_written := analytics.sum_stock_days(coalesce(stock_days, '{}')) + analytics.sum_slow_movers(coalesce(slow_days, '{}'));
  perform analytics.sum_forecasts(coalesce(forecast_days, '{}'));
  rows_written := rows_written + analytics.sum_newest_forecasts(coalesce(forecast_days, '{}'));
  perform analytics.sum_forecast_errors(coalesce(error_days, '{}'));
  return rows_written;
end;
$$;
comment on function analytics.sum_changed_days() is 'Sums the days again that loads have noted; returns the rows written.';
revoke execute on function
  analytics.sum_stock_days(date[]), analytics.sum_slow_movers(date[]), analytics.sum_sold_of_forecasts(date[]),
  analytics.sum_newest_forecasts(date[]), analytics.sum_forecast_weeks(date[]), analytics.sum_segments(), analytics.sum_changed_days()
from public;

create or replace function analytics.sum_month(month date) returns bigint
  language plpgsql as $$
declare
  -- Whole weeks whose Sunday is in the month, as far as the sales are known.
  first_week date := date_trunc('week', month);
  weeks integer := (
    select (max(sale_date) + 1 - first_week) / 7 from analytics.sales_by_store_day where sale_date < month + interval '1 month'
  );
  rows_written bigint;
begin
  delete from analytics.sales_by_product_month where month_start = month;
  insert into analytics.sales_by_product_month (
    month_start, store_key, product_key, lines, quantity, gross_amount, discount_amount, net_amount, cost_amount, margin_amount,
    costed_net_amount, returned_quantity, abc_class, xyz_class
  )
  with sold as (
    select
      store_key, product_key, count(*) as lines, sum(quantity) as quantity, sum(gross_amount) as gross_amount,
      sum(discount_amount) as discount_amount, sum(net_amount) as net_amount, sum(cost_amount) as cost_amount,
      sum(margin_amount) as margin_amount, sum(net_amount) filter (where cost_amount is not null) as costed_net_amount,
      coalesce(-sum(quantity) filter (where is_return), 0) as returned_quantity
    from analytics.fact_sales
    where sale_date >= month and sale_date < month + interval '1 month'
    group by store_key, product_key
  ),
  weekly as (
    select store_key, product_key, sum(quantity) as units
    from analytics.fact_sales
    where sale_date >= first_week and sale_date < first_week + 7 * weeks
    group by store_key, product_key, date_trunc('week', sale_date)
  ),
  varied as (
    select store_key, product_key, sum(units) / weeks as mean, sum(units * units) / weeks - (sum(units) / weeks) ^ 2 as variance
    from weekly
    group by store_key, product_key
  ),
  ranked as (
    select
      sold.*, mean, variance,
      sum(greatest(net_amount, 0)) over (partition by store_key) as total,
      coalesce(
        sum(greatest(net_amount, 0)) over (
          partition by store_key order by net_amount desc, product_key rows between unbounded preceding and 1 preceding
        ), 0
      ) as above
    from sold
    left join varied using (store_key, product_key)
  )
  select
    month, store_key, product_key, lines, quantity, gross_amount, discount_amount, net_amount, cost_amount, margin_amount,
    costed_net_amount, returned_quantity,
    case when above < 0.8 * total then 'A' when above < 0.95 * total then 'B' else 'C' end,
    case when mean <= 0 then null when variance <= (0.5 * mean) ^ 2 then 'X' when variance <= mean ^ 2 then 'Y' when mean > 0 then 'Z' end
  from ranked;
  get diagnostics rows_written = row_count;

  delete from analytics.product_month_total where month_start = month;
  insert into analytics.product_month_total (
    month_start, product_key, stores, lines, quantity, gross_amount, discount_amount, net_amount, cost_amount, margin_amount,
    costed_net_amount, returned_quantity
  )
  select
    month, product_key, count(distinct store_key), sum(lines), sum(quantity), sum(gross_amount), sum(discount_amount), sum(net_amount),
    sum(cost_amount), sum(margin_amount), sum(costed_net_amount), sum(returned_quantity)
  from analytics.sales_by_product_month
  where month_start = month
  group by product_key;

  delete from analytics.assortment_by_class where month_start = month;
  insert into analytics.assortment_by_class (
    month_start, store_key, category, abc_class, products, quantity, net_amount, margin_amount, costed_net_amount, x_products, y_products,
    z_products
  )
  select
    month, store_key, coalesce(category, 'Unknown') as category_name, abc_class, count(*), sum(quantity), sum(net_amount),
    sum(margin_amount), sum(costed_net_amount), count(*) filter (where xyz_class = 'X'), count(*) filter (where xyz_class = 'Y'),
    count(*) filter (where xyz_class = 'Z')
  from analytics.sales_by_product_month
  join analytics.dim_product using (product_key)
  where month_start = month
  group by store_key, category_name, abc_class;
  return rows_written;
end;
$$;

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
    rows_written := rows_written + analytics.aggregate_date(pending.sale_date) + analytics.sum_customers(pending.sale_date);
    perform analytics.sum_all_stores(pending.sale_date);
    months := months || date_trunc('month', pending.sale_date)::date
      -- A week belongs to the month in which it ends.
      || date_trunc('month', date_trunc('week', pending.sale_date) + interval '6 days')::date;
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

create function analytics.rebuild_sums(first_day date, last_day date) returns table (aggregate text, dates bigint, rows_written bigint)
  language plpgsql as $$
begin
  perform pg_advisory_xact_lock(731204120);
  delete from analytics.aggregated_dates where sale_date between first_day and last_day;
  insert into analytics.changed_day (sums, day)
  select sums, day
  from unnest(array['stock', 'slow_movers', 'forecasts', 'forecast_errors']) as sums
  cross join generate_series(first_day, last_day, interval '1 day') as day;
  return query select * from analytics.refresh_bi();
end;
$$;
comment on function analytics.rebuild_sums(date, date) is
  'Makes every sum of these days again from its facts, whether or not anything has changed; of the stock, of now.';
revoke execute on function analytics.rebuild_sums(date, date) from public;

-- What is there already is summed now.
select analytics.sum_stock_days(array(
  select inventory_date from analytics.fact_inventory
  union select stockout_date from analytics.fact_stockout
  union select movement_date from analytics.fact_stock_movement
));
select analytics.sum_slow_movers(array(select distinct measured_on from analytics.fact_slow_mover));
select analytics.sum_newest_forecasts(array(select distinct forecast_date from analytics.forecast_by_category));
select analytics.sum_forecast_errors(array(select distinct target_date from analytics.forecast_accuracy));
select analytics.sum_month(month_start) from (select distinct month_start from analytics.sales_by_product_month) as months;
