-- What reports ask for by name: products by month, customers by day under a pseudonym, what to order; and how far the live stock is
-- from its reorder point.
create table analytics.sales_by_product_month (
  month_start date not null,
  store_key bigint not null,
  product_key bigint not null,
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
  primary key (month_start, store_key, product_key)
);
comment on table analytics.sales_by_product_month is 'fact_sales summed to store × product × month.';
comment on column analytics.sales_by_product_month.month_start is 'First day of the month.';
comment on column analytics.sales_by_product_month.store_key is 'Version of the store at the sale.';
comment on column analytics.sales_by_product_month.product_key is 'Version of the product at the sale.';
comment on column analytics.sales_by_product_month.lines is 'Lines sold or returned.';
comment on column analytics.sales_by_product_month.quantity is 'Units sold less units returned.';
comment on column analytics.sales_by_product_month.gross_amount is 'quantity × list price, before discount.';
comment on column analytics.sales_by_product_month.discount_amount is 'Money taken off.';
comment on column analytics.sales_by_product_month.net_amount is 'Revenue less what was paid back.';
comment on column analytics.sales_by_product_month.cost_amount is 'Cost of what was sold, of the lines whose cost is known.';
comment on column analytics.sales_by_product_month.margin_amount is 'Their net amount less their cost.';
comment on column analytics.sales_by_product_month.costed_net_amount is 'Their net amount: the part of net_amount whose cost is known.';
comment on column analytics.sales_by_product_month.returned_quantity is 'Units returned.';
comment on column analytics.sales_by_product_month.updated_at is 'When this row was last written.';

create table ref.pseudonym_key (
  is_only boolean primary key default true check (is_only),
  key text not null
);
comment on table ref.pseudonym_key is 'What makes pseudonyms of customers: one row, which no reader sees. With another key every customer is another.';
insert into ref.pseudonym_key (key) values (gen_random_uuid()::text);

create table analytics.customer_day (
  sale_date date not null,
  store_key bigint not null,
  customer text not null,
  transactions bigint not null,
  lines bigint not null,
  quantity numeric not null,
  net_amount numeric not null,
  updated_at timestamptz not null default now(),
  primary key (sale_date, store_key, customer)
) partition by range (sale_date);
comment on table analytics.customer_day is 'fact_sales of known customers, summed to store × day × customer, who has a pseudonym.';
comment on column analytics.customer_day.sale_date is 'The store''s day.';
comment on column analytics.customer_day.store_key is 'Version of the store at the sale.';
comment on column analytics.customer_day.customer is 'Pseudonym: the same customer is the same in every store and on every day.';
comment on column analytics.customer_day.transactions is 'Baskets or invoices.';
comment on column analytics.customer_day.lines is 'Lines bought or returned.';
comment on column analytics.customer_day.quantity is 'Units bought less units returned.';
comment on column analytics.customer_day.net_amount is 'Money paid less what was paid back.';
comment on column analytics.customer_day.updated_at is 'When this row was last written.';

create table analytics.reorder_prediction (
  order_date date not null,
  purchase_order_id text not null,
  line_no integer not null,
  supplier_key bigint not null,
  store_key bigint not null,
  product_key bigint not null,
  status text not null,
  on_hand_quantity numeric(18, 6),
  on_order_quantity numeric(18, 6),
  position_quantity numeric(18, 6),
  demand_quantity numeric(18, 6),
  cover_days numeric,
  reorder_below_quantity numeric(18, 6),
  order_up_to_quantity numeric(18, 6),
  proposed_quantity numeric(18, 6) not null,
  ordered_quantity numeric(18, 6) not null,
  unit_cost numeric(18, 6) not null,
  stock_out_probability numeric,
  expected_lost_quantity numeric(18, 6),
  demand_source text,
  binding_constraint text,
  expected_date date,
  updated_at timestamptz not null default now(),
  primary key (order_date, purchase_order_id, line_no)
);
comment on table analytics.reorder_prediction is 'What replenishment proposed to order, line by line, and the figures that decided it.';
comment on column analytics.reorder_prediction.order_date is 'The day of the plan.';
comment on column analytics.reorder_prediction.purchase_order_id is 'The order.';
comment on column analytics.reorder_prediction.line_no is 'Its line.';
comment on column analytics.reorder_prediction.supplier_key is 'The supplier.';
comment on column analytics.reorder_prediction.store_key is 'Version of the store or warehouse, at the order.';
comment on column analytics.reorder_prediction.product_key is 'Version of the product, at the order.';
comment on column analytics.reorder_prediction.status is 'Status of the order.';
comment on column analytics.reorder_prediction.on_hand_quantity is 'Units on hand when it was planned.';
comment on column analytics.reorder_prediction.on_order_quantity is 'Units on order then.';
comment on column analytics.reorder_prediction.position_quantity is 'On hand × availability − reserved + on order.';
comment on column analytics.reorder_prediction.demand_quantity is 'Units expected to be asked for until the goods of the next review''s order are there.';
comment on column analytics.reorder_prediction.cover_days is 'Days until then: lead time + review.';
comment on column analytics.reorder_prediction.reorder_below_quantity is 'Position below which is ordered; null with methods that order at every review.';
comment on column analytics.reorder_prediction.order_up_to_quantity is 'Position to order up to.';
comment on column analytics.reorder_prediction.proposed_quantity is 'Units proposed.';
comment on column analytics.reorder_prediction.ordered_quantity is 'Units ordered: what a person made of it.';
comment on column analytics.reorder_prediction.unit_cost is 'Agreed price of one unit.';
comment on column analytics.reorder_prediction.stock_out_probability is 'Probability that it runs out before the next delivery although this is ordered.';
comment on column analytics.reorder_prediction.expected_lost_quantity is 'Units of demand that will not be met then, on average.';
comment on column analytics.reorder_prediction.demand_source is 'Where the demand is from: the model, or the usual rate.';
comment on column analytics.reorder_prediction.binding_constraint is 'What changed the quantity most; null: nothing but the need.';
comment on column analytics.reorder_prediction.expected_date is 'The day on which delivery is due.';
comment on column analytics.reorder_prediction.updated_at is 'When this row was written.';

do $$
declare
  target text;
begin
  foreach target in array array['sales_by_product_month', 'customer_day', 'reorder_prediction'] loop
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

alter table analytics.stock_cover
  add column unit_cost numeric,
  add column stock_value numeric generated always as (greatest(on_hand_quantity, 0) * unit_cost) stored,
  add column safety_stock numeric not null default 0,
  add column reorder_point numeric not null default 0;
comment on column analytics.stock_cover.unit_cost is 'What a unit costs now by the terms of the preferred supplier; null: unknown.';
comment on column analytics.stock_cover.stock_value is 'on_hand_quantity × unit_cost, nothing for a stock below zero; null: unknown.';
comment on column analytics.stock_cover.safety_stock is 'Units against surprises, as in fact_inventory.';
comment on column analytics.stock_cover.reorder_point is 'As in fact_inventory.';

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
      coalesce(last_sale.sale_date, (select max(sale_date) from last_sale)) as measured,
      ref.unit_cost_at(stock.store_id, stock.product_id, dim_store.currency, ops.now()) as cost,
      safety.stock as safety,
      pace.daily * span.days + safety.stock as reorder
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
  )
  merge into analytics.stock_cover as target
  using cover on target.store_key = cover.store_key and target.product_key = cover.product_key
  when not matched then
    insert (
      store_key, product_key, on_hand_quantity, sold_quantity, daily_quantity, days_of_cover, measured_on, unit_cost, safety_stock,
      reorder_point
    )
    values (store_key, product_key, on_hand, sold, daily, round(greatest(on_hand, 0) / nullif(daily, 0), 1), measured, cost, safety, reorder)
  when matched and (
    target.on_hand_quantity, target.sold_quantity, target.measured_on, target.unit_cost, target.safety_stock, target.reorder_point
  ) is distinct from (on_hand, sold, measured, cost, safety, reorder) then
    update set
      on_hand_quantity = on_hand,
      sold_quantity = sold,
      daily_quantity = daily,
      days_of_cover = round(greatest(on_hand, 0) / nullif(daily, 0), 1),
      measured_on = measured,
      unit_cost = cost,
      safety_stock = safety,
      reorder_point = reorder,
      updated_at = now()
  when not matched by source then delete;
  get diagnostics rows_written = row_count;
  return rows_written;
end;
$$;

create function analytics.sum_customers(business_date date) returns bigint
  language plpgsql as $$
declare
  rows_written bigint;
begin
  delete from analytics.customer_day where sale_date = business_date;
  insert into analytics.customer_day (sale_date, store_key, customer, transactions, lines, quantity, net_amount)
  select
    business_date, store_key, left(encode(sha256((key || '/' || customer_id)::bytea), 'hex'), 16) as pseudonym,
    count(distinct transaction_id), count(*), sum(quantity), sum(net_amount)
  from analytics.fact_sales
  cross join ref.pseudonym_key
  where sale_date = business_date and customer_id is not null
  group by store_key, pseudonym;
  get diagnostics rows_written = row_count;
  return rows_written;
end;
$$;
comment on function analytics.sum_customers(date) is 'Replaces one date of the sums by customer; returns the rows written.';

create function analytics.sum_month(month date) returns bigint
  language plpgsql as $$
declare
  rows_written bigint;
begin
  delete from analytics.sales_by_product_month where month_start = month;
  insert into analytics.sales_by_product_month (
    month_start, store_key, product_key, lines, quantity, gross_amount, discount_amount, net_amount, cost_amount, margin_amount,
    costed_net_amount, returned_quantity
  )
  select
    month, store_key, product_key, count(*), sum(quantity), sum(gross_amount), sum(discount_amount), sum(net_amount),
    sum(cost_amount), sum(margin_amount), sum(net_amount) filter (where cost_amount is not null),
    coalesce(-sum(quantity) filter (where is_return), 0)
  from analytics.fact_sales
  where sale_date >= month and sale_date < month + interval '1 month'
  group by store_key, product_key;
  get diagnostics rows_written = row_count;
  return rows_written;
end;
$$;
comment on function analytics.sum_month(date) is 'Replaces one month of the sums by product, by its first day; returns the rows written.';

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
revoke execute on function analytics.sum_customers(date), analytics.sum_month(date) from public;

grant select on ref.policy_default to bi_reader;

-- Every day is summed again: with its customers, its month and its costs. Every order is filled in again, with its figures.
delete from analytics.aggregated_dates;
delete from ops.order_fact_day;
