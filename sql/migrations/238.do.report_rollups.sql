-- What reports ask for over all stores at once, summed when it changes: someone who sees every store no longer reads a row for each store
-- and product. A table whose name ends in _total is over all stores, and only who sees everything may read it; the views of bi read it
-- for them, and sum the rows of their stores for everyone else.

alter table analytics.stock_cover
  add column stock_status text,
  add column overstock_value numeric;
comment on column analytics.stock_cover.stock_status is
  'out of stock, below safety stock, below reorder point, enough, overstock (more days of cover than the default policy allows) or not selling.';
comment on column analytics.stock_cover.overstock_value is
  'Value of what is on hand beyond these days of cover; all of it where nothing sells; null: cost unknown.';
-- The lists of what is short and what is too much, the worst first.
create index stock_cover_short on analytics.stock_cover ((reorder_point - on_hand_quantity) desc)
  where stock_status in ('out of stock', 'below safety stock');
create index stock_cover_too_much on analytics.stock_cover (overstock_value desc) where stock_status = 'overstock';

create table analytics.stock_by_category (
  store_key bigint not null,
  category text not null,
  products bigint not null,
  selling_products bigint not null,
  out_of_stock_products bigint not null,
  below_safety_stock_products bigint not null,
  overstocked_products bigint not null,
  on_hand_quantity numeric not null,
  positive_quantity numeric not null,
  selling_quantity numeric not null,
  daily_quantity numeric not null,
  safety_stock numeric not null,
  reorder_point numeric not null,
  stock_value numeric,
  overstock_value numeric,
  updated_at timestamptz not null default now(),
  primary key (store_key, category)
);
comment on table analytics.stock_by_category is 'stock_cover summed to store × category.';

alter table analytics.sales_by_product_month add column abc_class text;
comment on column analytics.sales_by_product_month.abc_class is
  'A: the products that make the first 80 % of the store''s revenue of the month; B: the next 15 %; C: the rest.';

create table analytics.product_month_total (
  month_start date not null,
  product_key bigint not null,
  stores bigint not null,
  lines bigint not null,
  quantity numeric not null,
  gross_amount numeric not null,
  discount_amount numeric not null,
  net_amount numeric not null,
  cost_amount numeric,
  margin_amount numeric,
  costed_net_amount numeric,
  returned_quantity numeric not null,
  updated_at timestamptz not null default now(),
  primary key (month_start, product_key)
);
comment on table analytics.product_month_total is 'sales_by_product_month summed over all stores.';

create table analytics.assortment_by_class (
  month_start date not null,
  store_key bigint not null,
  category text not null,
  abc_class text not null,
  products bigint not null,
  quantity numeric not null,
  net_amount numeric not null,
  margin_amount numeric,
  costed_net_amount numeric,
  updated_at timestamptz not null default now(),
  primary key (month_start, store_key, category, abc_class)
);
comment on table analytics.assortment_by_class is 'sales_by_product_month summed to store × category × ABC class.';

create table analytics.sales_by_day_total (
  sale_date date primary key,
  stores bigint not null,
  transactions bigint not null,
  lines bigint not null,
  quantity numeric not null,
  gross_amount numeric not null,
  discount_amount numeric not null,
  net_amount numeric not null,
  promoted_net_amount numeric not null,
  return_lines bigint not null,
  returned_amount numeric not null,
  updated_at timestamptz not null default now()
);
comment on table analytics.sales_by_day_total is 'sales_by_store_day summed over all stores.';

create table analytics.sales_by_category_total (
  sale_date date not null,
  department text not null,
  category text not null,
  stores bigint not null,
  transactions bigint not null,
  lines bigint not null,
  quantity numeric not null,
  gross_amount numeric not null,
  discount_amount numeric not null,
  net_amount numeric not null,
  promoted_net_amount numeric not null,
  cost_amount numeric,
  margin_amount numeric,
  costed_net_amount numeric,
  updated_at timestamptz not null default now(),
  primary key (sale_date, department, category)
);
comment on table analytics.sales_by_category_total is 'sales_by_category_day summed over all stores.';

create table analytics.forecast_by_category (
  forecast_date date not null,
  target_date date not null,
  store_key bigint not null,
  category text not null,
  model_name text not null,
  model_version integer not null,
  forecasts bigint not null,
  mean_quantity numeric not null,
  p10_quantity numeric,
  p90_quantity numeric,
  updated_at timestamptz not null default now(),
  primary key (forecast_date, store_key, category, target_date, model_name, model_version)
);
comment on table analytics.forecast_by_category is 'fact_forecast summed to store × category; kept by triggers of that table.';

create table analytics.forecast_by_category_total (
  forecast_date date not null,
  target_date date not null,
  category text not null,
  model_name text not null,
  model_version integer not null,
  stores bigint not null,
  forecasts bigint not null,
  mean_quantity numeric not null,
  p10_quantity numeric,
  p90_quantity numeric,
  updated_at timestamptz not null default now(),
  primary key (forecast_date, category, target_date, model_name, model_version)
);
comment on table analytics.forecast_by_category_total is 'forecast_by_category summed over all stores.';

alter table analytics.forecast_accuracy_total
  add column stores bigint,
  add column forecasts bigint,
  add column pinball_loss numeric,
  add column covered_90 numeric,
  add column updated_at timestamptz not null default now();

-- The most likely to run out, first.
create index reorder_prediction_by_risk on analytics.reorder_prediction (order_date, stock_out_probability desc);

do $$
declare
  target text;
begin
  create policy own_stores on analytics.forecast_by_category for select to bi_reader
    using (store_key = any (array(select analytics.visible_store_keys())));
  -- So few rows that comparing each with the array of someone who sees everything would cost more than reading them all.
  foreach target in array array['stock_by_category', 'assortment_by_class'] loop
    execute format(
      'create policy own_stores on analytics.%I for select to bi_reader
       using ((select ref.sees_everything()) or store_key = any (array(select analytics.visible_store_keys())))',
      target
    );
  end loop;
  foreach target in array array[
    'product_month_total', 'sales_by_day_total', 'sales_by_category_total', 'forecast_by_category_total'
  ] loop
    execute format(
      'create policy everything on analytics.%I for select to bi_reader using ((select ref.sees_everything()))', target
    );
  end loop;
  foreach target in array array[
    'stock_by_category', 'assortment_by_class', 'forecast_by_category', 'product_month_total', 'sales_by_day_total',
    'sales_by_category_total', 'forecast_by_category_total'
  ] loop
    execute format('alter table analytics.%I enable row level security', target);
    execute format('create policy application on analytics.%I to shelfline_app using (true) with check (true)', target);
    execute format('grant select on analytics.%I to bi_reader', target);
  end loop;
end;
$$;
drop policy everything on analytics.forecast_accuracy_total;
create policy everything on analytics.forecast_accuracy_total for select to bi_reader using ((select ref.sees_everything()));
grant select on analytics.forecast_accuracy_total to bi_reader;

-- Sums of the stores of a day, where someone who sees everything reads a row a store: as above.
alter policy own_stores on analytics.sales_by_store_day
  using ((select ref.sees_everything()) or store_key = any (array(select analytics.visible_store_keys())));

create function analytics.sum_stock() returns void
  language sql as $$
  delete from analytics.stock_by_category;
  insert into analytics.stock_by_category (
    store_key, category, products, selling_products, out_of_stock_products, below_safety_stock_products, overstocked_products,
    on_hand_quantity, positive_quantity, selling_quantity, daily_quantity, safety_stock, reorder_point, stock_value, overstock_value
  )
  select
    store_key,
    coalesce(category, 'Unknown') as category_name,
    count(*),
    count(*) filter (where daily_quantity > 0),
    count(*) filter (where daily_quantity > 0 and on_hand_quantity <= 0),
    count(*) filter (where on_hand_quantity < safety_stock),
    count(*) filter (where stock_status = 'overstock'),
    sum(on_hand_quantity),
    sum(greatest(on_hand_quantity, 0)),
    coalesce(sum(on_hand_quantity) filter (where daily_quantity > 0), 0),
    sum(daily_quantity),
    sum(safety_stock),
    sum(reorder_point),
    sum(stock_value),
    sum(overstock_value)
  from analytics.stock_cover
  join analytics.dim_product using (product_key)
  group by store_key, category_name
  order by store_key, category_name
$$;
comment on function analytics.sum_stock() is 'Makes stock_by_category again from stock_cover.';

create or replace function analytics.refresh_stock_cover() returns bigint
  language plpgsql as $$
declare
  rows_written bigint;
begin
  with last_sale as (
    select store_id, max(sale_date) as sale_date
    from state.sales_day
    group by store_id
  ),
  recent_sales as (
    select sales_day.store_id, sales_day.product_id, sum(sales_day.units) as quantity, sum(sales_day.units * sales_day.units) as squares
    from state.sales_day
    join last_sale using (store_id)
    where sales_day.sale_date > last_sale.sale_date - 28
    group by sales_day.store_id, sales_day.product_id
  ),
  cover as (
    select
      dim_store.store_key,
      dim_product.product_key,
      stock.on_hand,
      coalesce(recent_sales.quantity, 0) as sold,
      pace.daily,
      round(greatest(stock.on_hand, 0) / nullif(pace.daily, 0), 1) as days,
      coalesce(last_sale.sale_date, (select max(sale_date) from last_sale)) as measured,
      ref.unit_cost_at(stock.store_id, stock.product_id, dim_store.currency, ops.now()) as cost,
      safety.stock as safety,
      pace.daily * span.days + safety.stock as reorder,
      policy.maximum_cover_days
    from state.stock
    join analytics.dim_store on dim_store.store_id = stock.store_id and dim_store.is_current
    join analytics.dim_product on dim_product.product_id = stock.product_id and dim_product.is_current
    left join analytics.dim_supplier on dim_supplier.supplier_key = dim_product.supplier_key
    left join last_sale on last_sale.store_id = stock.store_id
    left join recent_sales on recent_sales.store_id = stock.store_id and recent_sales.product_id = stock.product_id
    cross join ref.policy_default as policy
    cross join lateral (select round(greatest(coalesce(recent_sales.quantity, 0), 0) / 28, 6) as daily) as pace
    cross join lateral (
      select coalesce(dim_supplier.lead_time_days, policy.lead_time_days) + policy.review_days as days
    ) as span
    cross join lateral (
      select analytics.safety_stock(policy.service_target, coalesce(recent_sales.squares, 0) / 28, pace.daily, span.days) as stock
    ) as safety
    where exists (select from last_sale)
  ),
  judged as (
    select
      cover.*,
      case
        when on_hand <= 0 then 'out of stock'
        when on_hand < safety then 'below safety stock'
        when on_hand < reorder then 'below reorder point'
        when daily = 0 then 'not selling'
        when days > maximum_cover_days then 'overstock'
        else 'enough'
      end as status,
      case
        when days > maximum_cover_days then (on_hand - maximum_cover_days * daily) * cost
        when daily = 0 then greatest(on_hand, 0) * cost
        else 0 * cost
      end as too_much
    from cover
  )
  merge into analytics.stock_cover as target
  using judged on target.store_key = judged.store_key and target.product_key = judged.product_key
  when not matched then
    insert (
      store_key, product_key, on_hand_quantity, sold_quantity, daily_quantity, days_of_cover, measured_on, unit_cost, safety_stock,
      reorder_point, stock_status, overstock_value
    )
    values (store_key, product_key, on_hand, sold, daily, days, measured, cost, safety, reorder, status, too_much)
  when matched and (
    target.on_hand_quantity, target.sold_quantity, target.measured_on, target.unit_cost, target.safety_stock, target.reorder_point,
    target.stock_status, target.overstock_value
  ) is distinct from (on_hand, sold, measured, cost, safety, reorder, status, too_much) then
    update set
      on_hand_quantity = on_hand,
      sold_quantity = sold,
      daily_quantity = daily,
      days_of_cover = days,
      measured_on = measured,
      unit_cost = cost,
      safety_stock = safety,
      reorder_point = reorder,
      stock_status = status,
      overstock_value = too_much,
      updated_at = now()
  when not matched by source then delete;
  get diagnostics rows_written = row_count;
  perform analytics.sum_stock();
  return rows_written;
end;
$$;

create function analytics.sum_all_stores(business_date date) returns void
  language plpgsql as $$
begin
  delete from analytics.sales_by_day_total where sale_date = business_date;
  insert into analytics.sales_by_day_total (
    sale_date, stores, transactions, lines, quantity, gross_amount, discount_amount, net_amount, promoted_net_amount, return_lines,
    returned_amount
  )
  select
    business_date, count(distinct store_key), sum(transactions), sum(lines), sum(quantity), sum(gross_amount), sum(discount_amount),
    sum(net_amount), sum(promoted_net_amount), sum(return_lines), sum(returned_amount)
  from analytics.sales_by_store_day
  where sale_date = business_date
  having count(*) > 0;

  delete from analytics.sales_by_category_total where sale_date = business_date;
  insert into analytics.sales_by_category_total (
    sale_date, department, category, stores, transactions, lines, quantity, gross_amount, discount_amount, net_amount,
    promoted_net_amount, cost_amount, margin_amount, costed_net_amount
  )
  select
    business_date, department, category, count(distinct store_key), sum(transactions), sum(lines), sum(quantity), sum(gross_amount),
    sum(discount_amount), sum(net_amount), sum(promoted_net_amount), sum(cost_amount), sum(margin_amount), sum(costed_net_amount)
  from analytics.sales_by_category_day
  where sale_date = business_date
  group by department, category;
end;
$$;
comment on function analytics.sum_all_stores(date) is 'Replaces the sums over all stores of one date by those of its stores.';

create or replace function analytics.sum_month(month date) returns bigint
  language plpgsql as $$
declare
  rows_written bigint;
begin
  delete from analytics.sales_by_product_month where month_start = month;
  insert into analytics.sales_by_product_month (
    month_start, store_key, product_key, lines, quantity, gross_amount, discount_amount, net_amount, cost_amount, margin_amount,
    costed_net_amount, returned_quantity, abc_class
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
  ranked as (
    select
      *,
      sum(greatest(net_amount, 0)) over (partition by store_key) as total,
      coalesce(
        sum(greatest(net_amount, 0)) over (
          partition by store_key order by net_amount desc, product_key rows between unbounded preceding and 1 preceding
        ), 0
      ) as above
    from sold
  )
  select
    month, store_key, product_key, lines, quantity, gross_amount, discount_amount, net_amount, cost_amount, margin_amount,
    costed_net_amount, returned_quantity,
    case when above < 0.8 * total then 'A' when above < 0.95 * total then 'B' else 'C' end
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
    month_start, store_key, category, abc_class, products, quantity, net_amount, margin_amount, costed_net_amount
  )
  select
    month, store_key, coalesce(category, 'Unknown') as category_name, abc_class, count(*), sum(quantity), sum(net_amount),
    sum(margin_amount), sum(costed_net_amount)
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
    months := months || date_trunc('month', pending.sale_date)::date;
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
  return next;
  aggregate := 'stock_cover';
  dates := null;
  rows_written := analytics.refresh_stock_cover();
  return next;
  aggregate := 'markdowns';
  rows_written := analytics.refresh_markdowns();
  return next;
end;
$$;
revoke execute on function analytics.sum_stock(), analytics.sum_all_stores(date) from public;

create function analytics.sum_forecasts(dates date[]) returns void
  language sql as $$
  delete from analytics.forecast_by_category where forecast_date = any (dates);
  insert into analytics.forecast_by_category (
    forecast_date, target_date, store_key, category, model_name, model_version, forecasts, mean_quantity, p10_quantity, p90_quantity
  )
  select
    forecast_date, target_date, store_key, coalesce(category, 'Unknown') as category_name, model_name, model_version, count(*),
    sum(mean_quantity), sum(p10_quantity), sum(p90_quantity)
  from analytics.fact_forecast
  join analytics.dim_product using (product_key)
  where forecast_date = any (dates)
  group by forecast_date, target_date, store_key, category_name, model_name, model_version
  order by forecast_date, store_key;

  delete from analytics.forecast_by_category_total where forecast_date = any (dates);
  insert into analytics.forecast_by_category_total (
    forecast_date, target_date, category, model_name, model_version, stores, forecasts, mean_quantity, p10_quantity, p90_quantity
  )
  select
    forecast_date, target_date, category, model_name, model_version, count(distinct store_key), sum(forecasts), sum(mean_quantity),
    sum(p10_quantity), sum(p90_quantity)
  from analytics.forecast_by_category
  where forecast_date = any (dates)
  group by forecast_date, target_date, category, model_name, model_version
$$;
comment on function analytics.sum_forecasts(date[]) is 'Replaces the sums of the forecasts that were made on these days.';

create function analytics.sum_forecast_errors(dates date[]) returns void
  language sql as $$
  delete from analytics.forecast_accuracy_total where target_date = any (dates);
  insert into analytics.forecast_accuracy_total (
    target_date, category, horizon_days, model_name, model_version, actual_quantity, forecast_quantity, absolute_error, intervals,
    covered_80, stores, forecasts, pinball_loss, covered_90
  )
  select
    target_date, category, horizon_days, model_name, model_version, sum(actual_quantity), sum(forecast_quantity), sum(absolute_error),
    sum(intervals), sum(covered_80), count(distinct store_key), sum(forecasts), sum(pinball_loss), sum(covered_90)
  from analytics.forecast_accuracy
  where target_date = any (dates)
  group by target_date, category, horizon_days, model_name, model_version
$$;
comment on function analytics.sum_forecast_errors(date[]) is 'Replaces the sums over all stores of the errors of these days.';
revoke execute on function analytics.sum_forecasts(date[]), analytics.sum_forecast_errors(date[]) from public;

create function analytics.sum_changed_forecasts() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform analytics.sum_forecasts(array(select distinct forecast_date from changed));
  return null;
end;
$$;
revoke execute on function analytics.sum_changed_forecasts() from public;
comment on function analytics.sum_changed_forecasts() is 'Sums the days that have changed again.';
create trigger sum_inserted after insert on analytics.fact_forecast
  referencing new table as changed for each statement execute function analytics.sum_changed_forecasts();
create trigger sum_deleted after delete on analytics.fact_forecast
  referencing old table as changed for each statement execute function analytics.sum_changed_forecasts();

create or replace function analytics.sum_forecast_accuracy() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform analytics.sum_forecast_errors(array(select distinct target_date from changed));
  return null;
end;
$$;

-- What is there already is summed now.
select analytics.sum_all_stores(sale_date) from (select distinct sale_date from analytics.sales_by_store_day) as days;
select analytics.sum_month(month_start) from (select distinct month_start from analytics.sales_by_product_month) as months;
select analytics.refresh_stock_cover();
select analytics.sum_forecasts(array(select distinct forecast_date from analytics.fact_forecast));
select analytics.sum_forecast_errors(array(select distinct target_date from analytics.forecast_accuracy));
