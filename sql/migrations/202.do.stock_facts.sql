-- Stock for reports: what it is worth, how long it lasts and when to order; every movement by reason; when a product was out of stock,
-- and what that cost; markdowns.

-- Acklam's rational approximation; its relative error is below 1.2e-9.
create function analytics.normal_quantile(p double precision) returns double precision
language sql immutable strict parallel safe
return case
  when least(p, 1 - p) < 0.02425 then (
    select sign(0.5 - p) * (((((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838) * q - 2.549732539343734) * q
        + 4.374664141464968) * q + 2.938163982698783)
      / ((((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1)
    from (select sqrt(-2 * ln(least(p, 1 - p))) as q) as tail
  )
  else (
    select (((((-3.969683028665376e+01 * r + 2.209460984245205e+02) * r - 2.759285104469687e+02) * r + 1.383577518672690e+02) * r
        - 3.066479806614716e+01) * r + 2.506628277459239) * q
      / (((((-5.447609879822406e+01 * r + 1.615858368580409e+02) * r - 1.556989798598866e+02) * r + 6.680131188771972e+01) * r
        - 1.328068155288572e+01) * r + 1)
    from (select p - 0.5 as q, (p - 0.5) * (p - 0.5) as r) as centre
  )
end;
comment on function analytics.normal_quantile(double precision) is 'Quantile of the standard normal distribution; 0 < p < 1.';

create function analytics.safety_stock(service_target numeric, mean_square numeric, mean numeric, days numeric) returns numeric
language sql immutable parallel safe
return round(
  analytics.normal_quantile(service_target::double precision)::numeric * sqrt(greatest(mean_square - mean * mean, 0) * days), 6
);
comment on function analytics.safety_stock(numeric, numeric, numeric, numeric) is
  'Units against surprises over some days: the quantile of the service target × the standard deviation of a day × √days.';

alter table analytics.fact_inventory
  add column daily_quantity numeric(18, 6),
  add column unit_cost numeric(18, 6),
  add column days_of_cover numeric generated always as (round(greatest(closing_quantity, 0) / nullif(daily_quantity, 0), 1)) stored,
  add column stock_value numeric generated always as (greatest(closing_quantity, 0) * unit_cost) stored,
  add column safety_stock numeric(18, 6),
  add column reorder_point numeric(18, 6);
comment on column analytics.fact_inventory.daily_quantity is
  'Mean units sold a day, of the days of 28 up to this one on which the store moved anything; 0 where returns outweigh sales.';
comment on column analytics.fact_inventory.days_of_cover is 'closing_quantity ÷ daily_quantity; 0 when out of stock, null when nothing sold.';
comment on column analytics.fact_inventory.unit_cost is 'What a unit cost at the end of the day by the terms of the preferred supplier; null: unknown.';
comment on column analytics.fact_inventory.stock_value is 'closing_quantity × unit_cost, nothing for a closing stock below zero; null: unknown.';
comment on column analytics.fact_inventory.safety_stock is
  'Units against surprises: the quantile of the service target × the standard deviation of a day''s sales × √(lead time + review days).';
comment on column analytics.fact_inventory.reorder_point is
  'daily_quantity × (lead time + review days) + safety_stock. What replenishment decides with the forecast is in reorder_predictions.';

create table analytics.fact_stock_movement (
  movement_date date not null,
  store_key bigint not null,
  product_key bigint not null,
  reason text not null,
  movements bigint not null,
  quantity numeric(18, 6) not null,
  unit_cost numeric(18, 6),
  list_price numeric(18, 6),
  is_synthetic boolean not null,
  first_moved_at timestamptz not null,
  last_moved_at timestamptz not null,
  updated_at timestamptz not null default now(),
  primary key (movement_date, store_key, product_key, reason)
) partition by range (movement_date);
comment on table analytics.fact_stock_movement is
  'How the stock of one product in one store changed on one day for one reason. Over the reasons they sum to the change of fact_inventory.';
comment on column analytics.fact_stock_movement.movement_date is 'The store''s day.';
comment on column analytics.fact_stock_movement.store_key is 'Version of the store at the last movement.';
comment on column analytics.fact_stock_movement.product_key is 'Version of the product at the last movement.';
comment on column analytics.fact_stock_movement.unit_cost is 'What a unit cost at the last movement; null: unknown.';
comment on column analytics.fact_stock_movement.list_price is 'Regular price of a unit at the last movement; null: unknown.';
comment on column analytics.fact_stock_movement.updated_at is 'When this row was written; one value a load.';

alter table analytics.fact_stockout
  add column began_at timestamptz,
  add column ended_at timestamptz,
  add column lost_amount numeric(24, 6);
comment on column analytics.fact_stockout.began_at is 'When it ran out, on this day or before; of several times the first.';
comment on column analytics.fact_stockout.ended_at is 'When there was stock again for the last time; null: not by the end of the day.';
comment on column analytics.fact_stockout.lost_quantity is
  'Units that would have sold: the mean of a day × the share of the store''s lines that it sold meanwhile; null where nothing sold in the days before.';
comment on column analytics.fact_stockout.lost_amount is 'lost_quantity × the list price; null where either is unknown.';

create table analytics.fact_markdown (
  markdown_date date not null,
  store_key bigint not null,
  product_key bigint not null,
  batch_id text not null,
  expires_on date not null,
  percent numeric(9, 4) not null,
  offered_quantity numeric(18, 6) not null,
  list_price numeric(18, 6),
  started_at timestamptz not null,
  ended_at timestamptz,
  updated_at timestamptz not null default now(),
  primary key (markdown_date, store_key, product_key, batch_id)
) partition by range (markdown_date);
comment on table analytics.fact_markdown is 'One lot that was sold at a lower price on one day because it expired soon.';
comment on column analytics.fact_markdown.markdown_date is 'The store''s day.';
comment on column analytics.fact_markdown.store_key is 'Version of the store on the day.';
comment on column analytics.fact_markdown.product_key is 'Version of the product on the day.';
comment on column analytics.fact_markdown.batch_id is 'The lot.';
comment on column analytics.fact_markdown.expires_on is 'When it expires.';
comment on column analytics.fact_markdown.percent is 'Discount in per cent.';
comment on column analytics.fact_markdown.offered_quantity is 'Units of the lot when the discount began.';
comment on column analytics.fact_markdown.list_price is 'Regular price of a unit then; null: unknown.';
comment on column analytics.fact_markdown.started_at is 'When the discount began.';
comment on column analytics.fact_markdown.ended_at is 'When it ended; null: it holds.';
comment on column analytics.fact_markdown.updated_at is 'When this row was last written.';

do $$
declare
  target text;
begin
  foreach target in array array['fact_stock_movement', 'fact_markdown'] loop
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

create function analytics.refresh_markdowns() returns bigint
  language plpgsql as $$
declare
  rows_written bigint;
begin
  perform analytics.ensure_partitions(min(discount_date), max(discount_date)) from ops.discount having count(*) > 0;
  insert into analytics.fact_markdown as markdown (
    markdown_date, store_key, product_key, batch_id, expires_on, percent, offered_quantity, list_price, started_at, ended_at
  )
  select
    discount_date, store_key, product_key, batch_id, expires_on, percent, on_hand,
    coalesce(analytics.list_price_at(discount.store_id, discount.product_id, started_at), ops.list_price(discount.store_id, discount.product_id, started_at)),
    started_at, ended_at
  from ops.discount
  join analytics.dim_store as store
    on store.store_id = discount.store_id and started_at >= store.valid_from and started_at < store.valid_to
  join analytics.dim_product as product
    on product.product_id = discount.product_id and started_at >= product.valid_from and started_at < product.valid_to
  order by 1, 2, 3, 4
  on conflict (markdown_date, store_key, product_key, batch_id) do update
    set ended_at = excluded.ended_at, percent = excluded.percent, updated_at = now()
    where row(markdown.ended_at, markdown.percent) is distinct from row(excluded.ended_at, excluded.percent);
  get diagnostics rows_written = row_count;
  return rows_written;
end;
$$;
comment on function analytics.refresh_markdowns() is
  'Adds the discounts of the live state to fact_markdown before the live state forgets them; returns the rows that changed.';
revoke execute on function analytics.refresh_markdowns() from public;

create or replace function analytics.refresh_bi() returns table (aggregate text, dates bigint, rows_written bigint)
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
  aggregate := 'markdowns';
  rows_written := analytics.refresh_markdowns();
  return next;
end;
$$;
