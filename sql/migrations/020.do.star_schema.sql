-- The star schema: what the daily load writes and what the views in bi show.
--
-- For whoever loads it:
-- * Dimensions first, then facts. A surrogate key is analytics.dimension_key(natural key, valid_from): the same wherever
--   and in whichever order it is computed, so that the shards of a load agree without asking each other.
-- * A version holds in [valid_from, valid_to). The first version of anything begins 1900-01-01 and the current one ends
--   9999-12-31 (the limits of Power BI's calendar), so every instant has exactly one version.
-- * A key that no catalogue knows gets an inferred member with is_unknown; when the catalogue tells of it, that same row
--   is filled in, and facts keep their keys.
-- * A date of a fact is replaced whole: delete the date, insert it, in one transaction. Facts have no foreign keys, because
--   checking them costs more than loading the rows; the load checks for orphans before it swaps.
-- * The tables have row-level security (next migrations), and PostgreSQL refuses COPY into such a table. Copy into a
--   table in `staging` and insert from it, or into the month's partition itself, analytics.<fact>_<yyyy>_<mm>.

create schema staging;
comment on schema staging is 'Tables of loads that are under way; anything here may be dropped when no load runs.';
grant usage, create on schema staging to shelfline_app;

create function analytics.dimension_key(natural_key text, valid_from timestamptz) returns bigint
  language sql immutable strict parallel safe
  return (('x' || left(md5(natural_key || '@' || extract(epoch from valid_from)::bigint), 13))::bit(52))::bigint;
comment on function analytics.dimension_key(text, timestamptz) is
  'Surrogate key of a version: 52 bits of an MD5 over the natural key, "@" and valid_from in whole seconds since 1970, so that JavaScript and DAX hold it exactly.';

create table analytics.dim_date (
  calendar_date date primary key,
  date_key integer not null unique,
  year smallint not null,
  quarter smallint not null,
  month smallint not null,
  month_name text not null,
  year_month text not null,
  month_start date not null,
  iso_year smallint not null,
  iso_week smallint not null,
  week_start date not null,
  day_of_month smallint not null,
  day_of_year smallint not null,
  day_of_week smallint not null,
  day_name text not null,
  is_weekend boolean not null,
  is_month_end boolean not null,
  updated_at timestamptz not null default now()
);
comment on table analytics.dim_date is 'Every day from 2009 to 2030.';
comment on column analytics.dim_date.calendar_date is 'The day; facts relate to it by their date.';
comment on column analytics.dim_date.date_key is 'The day as yyyymmdd.';
comment on column analytics.dim_date.year is 'Calendar year.';
comment on column analytics.dim_date.quarter is 'Quarter, 1 to 4.';
comment on column analytics.dim_date.month is 'Month, 1 to 12.';
comment on column analytics.dim_date.month_name is 'English name of the month.';
comment on column analytics.dim_date.year_month is 'Month as yyyy-mm, which sorts.';
comment on column analytics.dim_date.month_start is 'First day of the month.';
comment on column analytics.dim_date.iso_year is 'Year that the ISO 8601 week belongs to.';
comment on column analytics.dim_date.iso_week is 'ISO 8601 week, 1 to 53.';
comment on column analytics.dim_date.week_start is 'Monday of the week.';
comment on column analytics.dim_date.day_of_month is 'Day of the month, 1 to 31.';
comment on column analytics.dim_date.day_of_year is 'Day of the year, 1 to 366.';
comment on column analytics.dim_date.day_of_week is 'ISO 8601 day of the week: 1 is Monday, 7 is Sunday.';
comment on column analytics.dim_date.day_name is 'English name of the day of the week.';
comment on column analytics.dim_date.is_weekend is 'Saturday or Sunday.';
comment on column analytics.dim_date.is_month_end is 'Last day of its month.';
comment on column analytics.dim_date.updated_at is 'When this row was last written.';

create function analytics.fill_dim_date(first_date date, last_date date) returns void
  language sql
  begin atomic
    insert into analytics.dim_date (
      calendar_date, date_key, year, quarter, month, month_name, year_month, month_start, iso_year, iso_week, week_start,
      day_of_month, day_of_year, day_of_week, day_name, is_weekend, is_month_end
    )
    select
      day,
      to_char(day, 'YYYYMMDD')::integer,
      extract(year from day),
      extract(quarter from day),
      extract(month from day),
      to_char(day, 'FMMonth'),
      to_char(day, 'YYYY-MM'),
      date_trunc('month', day)::date,
      extract(isoyear from day),
      extract(week from day),
      date_trunc('week', day)::date,
      extract(day from day),
      extract(doy from day),
      extract(isodow from day),
      to_char(day, 'FMDay'),
      extract(isodow from day) > 5,
      day = (date_trunc('month', day) + interval '1 month - 1 day')::date
    from generate_series(first_date::timestamp, last_date::timestamp, interval '1 day') as day
    on conflict (calendar_date) do nothing;
  end;
comment on function analytics.fill_dim_date(date, date) is 'Adds the days of a range, both ends included, that the calendar lacks.';

select analytics.fill_dim_date('2009-01-01', '2030-12-31');

create table analytics.dim_store (
  store_key bigint primary key,
  store_id text not null,
  name text not null,
  region text not null,
  country text not null,
  currency text not null,
  time_zone text not null,
  valid_from timestamptz not null,
  valid_to timestamptz not null,
  is_current boolean not null,
  is_unknown boolean not null default false,
  updated_at timestamptz not null default now(),
  unique (store_id, valid_from),
  check (valid_from < valid_to),
  check (is_current = (valid_to = timestamptz '9999-12-31 00:00:00+00'))
);
create unique index dim_store_current on analytics.dim_store (store_id) where is_current;
comment on table analytics.dim_store is 'Stores with their history: a new version when the name, region, country, currency or time zone changes.';
comment on column analytics.dim_store.store_key is 'Surrogate key of this version, analytics.dimension_key(store_id, valid_from).';
comment on column analytics.dim_store.store_id is 'The store, as the sources call it.';
comment on column analytics.dim_store.name is 'Name for people.';
comment on column analytics.dim_store.region is 'Region during this version. Who may see a store goes by its newest region.';
comment on column analytics.dim_store.country is 'Country.';
comment on column analytics.dim_store.currency is 'ISO 4217 code of the money in its facts.';
comment on column analytics.dim_store.time_zone is 'IANA time zone that cuts its days.';
comment on column analytics.dim_store.valid_from is 'The version holds from this instant on; 1900-01-01 for the first.';
comment on column analytics.dim_store.valid_to is 'The version holds until before this instant; 9999-12-31 for the current one.';
comment on column analytics.dim_store.is_current is 'This is the newest version.';
comment on column analytics.dim_store.is_unknown is 'Facts name this store and no catalogue does; its attributes are placeholders.';
comment on column analytics.dim_store.updated_at is 'When this row was last written.';

create table analytics.dim_product (
  product_key bigint primary key,
  product_id text not null,
  name text not null,
  category text,
  department text,
  brand text,
  package_size text,
  valid_from timestamptz not null,
  valid_to timestamptz not null,
  is_current boolean not null,
  is_unknown boolean not null default false,
  updated_at timestamptz not null default now(),
  unique (product_id, valid_from),
  check (valid_from < valid_to),
  check (is_current = (valid_to = timestamptz '9999-12-31 00:00:00+00'))
);
create unique index dim_product_current on analytics.dim_product (product_id) where is_current;
comment on table analytics.dim_product is 'Products with their history: a new version when the name, category, department, brand or package size changes.';
comment on column analytics.dim_product.product_key is 'Surrogate key of this version, analytics.dimension_key(product_id, valid_from).';
comment on column analytics.dim_product.product_id is 'The product, as the sources call it.';
comment on column analytics.dim_product.name is 'Name for people.';
comment on column analytics.dim_product.category is 'Category during this version.';
comment on column analytics.dim_product.department is 'Department during this version.';
comment on column analytics.dim_product.brand is 'Brand during this version.';
comment on column analytics.dim_product.package_size is 'Package size as printed.';
comment on column analytics.dim_product.valid_from is 'The version holds from this instant on; 1900-01-01 for the first.';
comment on column analytics.dim_product.valid_to is 'The version holds until before this instant; 9999-12-31 for the current one.';
comment on column analytics.dim_product.is_current is 'This is the newest version.';
comment on column analytics.dim_product.is_unknown is 'Facts name this product and no catalogue does; its attributes are placeholders.';
comment on column analytics.dim_product.updated_at is 'When this row was last written.';

create table analytics.dim_price (
  store_id text not null,
  product_id text not null,
  valid_from timestamptz not null,
  valid_to timestamptz not null,
  is_current boolean not null,
  price numeric(18, 6) not null,
  reason text not null,
  promotion_id text,
  is_synthetic boolean not null default false,
  updated_at timestamptz not null default now(),
  primary key (store_id, product_id, valid_from),
  check (valid_from < valid_to),
  check (is_current = (valid_to = timestamptz '9999-12-31 00:00:00+00'))
);
comment on table analytics.dim_price is 'List prices with their history, per store and product. Starts at the first known price: before it there is no row.';
comment on column analytics.dim_price.store_id is 'The store.';
comment on column analytics.dim_price.product_id is 'The product.';
comment on column analytics.dim_price.valid_from is 'The price holds from this instant on.';
comment on column analytics.dim_price.valid_to is 'The price holds until before this instant; 9999-12-31 for the current one.';
comment on column analytics.dim_price.is_current is 'This is the newest price.';
comment on column analytics.dim_price.price is 'List price of one unit, in the store''s currency.';
comment on column analytics.dim_price.reason is 'Why it changed: regular, promotion, markdown or correction.';
comment on column analytics.dim_price.promotion_id is 'The promotion, when the price is part of one.';
comment on column analytics.dim_price.is_synthetic is 'Made up by a seeded rule, not observed.';
comment on column analytics.dim_price.updated_at is 'When this row was last written.';

create table analytics.dim_supplier (
  supplier_key bigint primary key,
  supplier_id text not null unique,
  name text not null,
  country text,
  lead_time_days integer,
  is_unknown boolean not null default false,
  updated_at timestamptz not null default now()
);
comment on table analytics.dim_supplier is 'Suppliers as they are now; no history.';
comment on column analytics.dim_supplier.supplier_key is 'Surrogate key, analytics.dimension_key(supplier_id, 1900-01-01).';
comment on column analytics.dim_supplier.supplier_id is 'The supplier, as the sources call it.';
comment on column analytics.dim_supplier.name is 'Name for people.';
comment on column analytics.dim_supplier.country is 'Country.';
comment on column analytics.dim_supplier.lead_time_days is 'Agreed days from order to delivery.';
comment on column analytics.dim_supplier.is_unknown is 'Facts name this supplier and no catalogue does; its attributes are placeholders.';
comment on column analytics.dim_supplier.updated_at is 'When this row was last written.';

create table analytics.fact_sales (
  sale_date date not null,
  store_key bigint not null,
  product_key bigint not null,
  transaction_id text not null,
  line_no integer not null,
  event_id text not null,
  quantity numeric(18, 6) not null,
  unit_price numeric(18, 6) not null,
  discount_amount numeric(18, 6) not null,
  gross_amount numeric(24, 6) not null,
  net_amount numeric(24, 6) not null,
  is_return boolean not null,
  is_promoted boolean not null default false,
  is_synthetic boolean not null default false,
  original_transaction_id text,
  original_line_no integer,
  original_sale_date date,
  customer_id text,
  payment_method text not null,
  source text not null,
  sold_at timestamptz not null,
  known_at timestamptz not null,
  updated_at timestamptz not null default now()
) partition by range (sale_date);
-- The only index. Replacing a date of 1,000,000 lines took 4.2 s without an index on a busy two-core machine, 5.7 s with
-- this one, 10 s and more with a unique key on event_id or (transaction_id, line_no) as well: that events are unique is
-- the load's check. BRIN on the date is cheaper still, but replaced dates reuse each other's pages and it goes blunt.
create index fact_sales_date_store on analytics.fact_sales (sale_date, store_key);
comment on table analytics.fact_sales is 'One row a line of a till receipt or invoice, returns included.';
comment on column analytics.fact_sales.sale_date is 'The store''s day of the sale.';
comment on column analytics.fact_sales.store_key is 'Version of the store that held at the sale.';
comment on column analytics.fact_sales.product_key is 'Version of the product that held at the sale.';
comment on column analytics.fact_sales.transaction_id is 'Basket or invoice.';
comment on column analytics.fact_sales.line_no is 'Position of the line in the transaction.';
comment on column analytics.fact_sales.event_id is 'The event that told of it; unique.';
comment on column analytics.fact_sales.quantity is 'Units or weight sold; negative for a return.';
comment on column analytics.fact_sales.unit_price is 'List price of one unit before discount.';
comment on column analytics.fact_sales.discount_amount is 'Money taken off the whole line.';
comment on column analytics.fact_sales.gross_amount is 'quantity × unit_price, before discount.';
comment on column analytics.fact_sales.net_amount is 'What was paid for the line; negative for a return.';
comment on column analytics.fact_sales.is_return is 'The line takes goods back.';
comment on column analytics.fact_sales.is_promoted is 'Sold under a promotion.';
comment on column analytics.fact_sales.is_synthetic is 'Holds fields that were made up by a seeded rule, not observed.';
comment on column analytics.fact_sales.original_transaction_id is 'For a return: the transaction that it takes back, as the till told or as the load found.';
comment on column analytics.fact_sales.original_line_no is 'For a return: the line that it takes back, where it was found.';
comment on column analytics.fact_sales.original_sale_date is 'For a return: the day of the sale that it takes back, where it was found.';
comment on column analytics.fact_sales.customer_id is 'Customer, when known.';
comment on column analytics.fact_sales.payment_method is 'cash, card, mobile, voucher, invoice or unknown.';
comment on column analytics.fact_sales.source is 'The system that sent the event.';
comment on column analytics.fact_sales.sold_at is 'Instant of the sale.';
comment on column analytics.fact_sales.known_at is 'Instant at which the event reached Kafka.';
comment on column analytics.fact_sales.updated_at is 'When this row was written; one value a load.';

create table analytics.fact_inventory (
  inventory_date date not null,
  store_key bigint not null,
  product_key bigint not null,
  opening_quantity numeric(18, 6) not null,
  received_quantity numeric(18, 6) not null default 0,
  sold_quantity numeric(18, 6) not null default 0,
  adjusted_quantity numeric(18, 6) not null default 0,
  closing_quantity numeric(18, 6) not null,
  is_synthetic boolean not null default false,
  updated_at timestamptz not null default now(),
  primary key (inventory_date, store_key, product_key),
  check (closing_quantity = opening_quantity + received_quantity - sold_quantity + adjusted_quantity)
) partition by range (inventory_date);
comment on table analytics.fact_inventory is 'Stock of one product in one store over one day: opening + received − sold + adjusted = closing.';
comment on column analytics.fact_inventory.inventory_date is 'The store''s day.';
comment on column analytics.fact_inventory.store_key is 'Version of the store that held at the end of the day.';
comment on column analytics.fact_inventory.product_key is 'Version of the product that held at the end of the day.';
comment on column analytics.fact_inventory.opening_quantity is 'Units on hand when the day began.';
comment on column analytics.fact_inventory.received_quantity is 'Units that came by delivery or transfer; transfers out are negative.';
comment on column analytics.fact_inventory.sold_quantity is 'Units sold less units returned, from the till.';
comment on column analytics.fact_inventory.adjusted_quantity is 'Units that counts, adjustments and waste added (positive) or removed (negative).';
comment on column analytics.fact_inventory.closing_quantity is 'Units on hand when the day ended. Semi-additive: sum over stores and products, not over days.';
comment on column analytics.fact_inventory.is_synthetic is 'Rests on stock movements that were made up by a seeded rule.';
comment on column analytics.fact_inventory.updated_at is 'When this row was written; one value a load.';

create table analytics.fact_foot_traffic (
  traffic_date date not null,
  store_key bigint not null,
  hour_of_day smallint not null check (hour_of_day between 0 and 23),
  entries integer not null,
  exits integer not null,
  is_synthetic boolean not null default false,
  updated_at timestamptz not null default now(),
  primary key (traffic_date, store_key, hour_of_day)
) partition by range (traffic_date);
comment on table analytics.fact_foot_traffic is 'People through the doors of one store in one hour.';
comment on column analytics.fact_foot_traffic.traffic_date is 'The store''s day.';
comment on column analytics.fact_foot_traffic.store_key is 'Version of the store that held on that day.';
comment on column analytics.fact_foot_traffic.hour_of_day is 'Hour on the store''s clock, 0 to 23.';
comment on column analytics.fact_foot_traffic.entries is 'People who came in.';
comment on column analytics.fact_foot_traffic.exits is 'People who left.';
comment on column analytics.fact_foot_traffic.is_synthetic is 'Made up by a seeded rule, not counted.';
comment on column analytics.fact_foot_traffic.updated_at is 'When this row was written; one value a load.';

create table analytics.fact_stockout (
  stockout_date date not null,
  store_key bigint not null,
  product_key bigint not null,
  out_of_stock_minutes integer not null check (out_of_stock_minutes between 0 and 1500),
  lost_quantity numeric(18, 6),
  is_observed boolean not null,
  is_synthetic boolean not null default false,
  updated_at timestamptz not null default now(),
  primary key (stockout_date, store_key, product_key)
) partition by range (stockout_date);
comment on table analytics.fact_stockout is 'One product that one store could not sell during part of one day. Sales on such a day are censored demand.';
comment on column analytics.fact_stockout.stockout_date is 'The store''s day.';
comment on column analytics.fact_stockout.store_key is 'Version of the store that held on that day.';
comment on column analytics.fact_stockout.product_key is 'Version of the product that held on that day.';
comment on column analytics.fact_stockout.out_of_stock_minutes is 'Minutes of the day without stock.';
comment on column analytics.fact_stockout.lost_quantity is 'Estimated units that would have sold; null where no estimate was made.';
comment on column analytics.fact_stockout.is_observed is 'The retailer recorded it; else it follows from the stock that we keep.';
comment on column analytics.fact_stockout.is_synthetic is 'Rests on stock movements that were made up by a seeded rule.';
comment on column analytics.fact_stockout.updated_at is 'When this row was written; one value a load.';

create table analytics.fact_forecast (
  forecast_date date not null,
  target_date date not null,
  store_key bigint not null,
  product_key bigint not null,
  model_name text not null,
  model_version integer not null,
  mean_quantity numeric(18, 6) not null,
  p10_quantity numeric(18, 6),
  p50_quantity numeric(18, 6),
  p90_quantity numeric(18, 6),
  updated_at timestamptz not null default now(),
  primary key (forecast_date, store_key, product_key, target_date, model_name),
  check (target_date >= forecast_date)
) partition by range (forecast_date);
comment on table analytics.fact_forecast is 'Demand for one product in one store on one day, as a model saw it on an earlier day.';
comment on column analytics.fact_forecast.forecast_date is 'The day on which the forecast was made; the load replaces this day whole.';
comment on column analytics.fact_forecast.target_date is 'The day that is forecast.';
comment on column analytics.fact_forecast.store_key is 'Version of the store that held when the forecast was made.';
comment on column analytics.fact_forecast.product_key is 'Version of the product that held when the forecast was made.';
comment on column analytics.fact_forecast.model_name is 'The model.';
comment on column analytics.fact_forecast.model_version is 'Its version in the registry.';
comment on column analytics.fact_forecast.mean_quantity is 'Expected units.';
comment on column analytics.fact_forecast.p10_quantity is 'Units that demand stays below with probability 10 %.';
comment on column analytics.fact_forecast.p50_quantity is 'Units that demand stays below with probability 50 %.';
comment on column analytics.fact_forecast.p90_quantity is 'Units that demand stays below with probability 90 %.';
comment on column analytics.fact_forecast.updated_at is 'When this row was written; one value a load.';

create table analytics.fact_purchase_order (
  order_date date not null,
  purchase_order_id text not null,
  line_no integer not null,
  supplier_key bigint not null,
  store_key bigint not null,
  product_key bigint not null,
  status text not null,
  ordered_quantity numeric(18, 6) not null,
  received_quantity numeric(18, 6) not null default 0,
  damaged_quantity numeric(18, 6) not null default 0,
  unit_cost numeric(18, 6),
  expected_date date,
  received_at timestamptz,
  updated_at timestamptz not null default now(),
  primary key (order_date, purchase_order_id, line_no)
) partition by range (order_date);
comment on table analytics.fact_purchase_order is 'One row a line of an order to a supplier.';
comment on column analytics.fact_purchase_order.order_date is 'The day of the order.';
comment on column analytics.fact_purchase_order.purchase_order_id is 'The order.';
comment on column analytics.fact_purchase_order.line_no is 'Position of the line in the order.';
comment on column analytics.fact_purchase_order.supplier_key is 'The supplier.';
comment on column analytics.fact_purchase_order.store_key is 'Version of the store or warehouse that it is for, at the order.';
comment on column analytics.fact_purchase_order.product_key is 'Version of the product, at the order.';
comment on column analytics.fact_purchase_order.status is 'Where the order is in its life.';
comment on column analytics.fact_purchase_order.ordered_quantity is 'Units ordered.';
comment on column analytics.fact_purchase_order.received_quantity is 'Units received so far, damaged ones included.';
comment on column analytics.fact_purchase_order.damaged_quantity is 'Units that arrived damaged.';
comment on column analytics.fact_purchase_order.unit_cost is 'Agreed price of one unit.';
comment on column analytics.fact_purchase_order.expected_date is 'The day on which delivery is due.';
comment on column analytics.fact_purchase_order.received_at is 'Instant of the last receipt.';
comment on column analytics.fact_purchase_order.updated_at is 'When this row was written; one value a load.';

-- A new partition is filled in as a table of its own and then attached: CREATE … PARTITION OF would lock out every reader
-- and writer of the fact, ATTACH does not. The lock makes two callers queue; the second finds everything done.
create function analytics.ensure_partitions(first_date date, last_date date) returns integer
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  fact text;
  month date;
  partition text;
  created integer := 0;
begin
  if first_date > last_date then
    raise exception 'ensure_partitions: % is after %', first_date, last_date using errcode = 'invalid_parameter_value';
  end if;
  if first_date < '1990-01-01' or last_date > '2100-01-01' then
    raise exception 'ensure_partitions: % to % leaves 1990 to 2100', first_date, last_date
      using errcode = 'invalid_parameter_value';
  end if;
  for fact, month in
    select t.relname, m::date
    from pg_class as t
    cross join generate_series(date_trunc('month', first_date::timestamp), last_date::timestamp, interval '1 month') as m
    where t.relnamespace = 'analytics'::regnamespace and t.relkind = 'p'
    order by t.relname, m
  loop
    partition := format('%s_%s', fact, to_char(month, 'YYYY_MM'));
    continue when to_regclass(format('analytics.%I', partition)) is not null;
    perform pg_advisory_xact_lock(731204119);
    continue when to_regclass(format('analytics.%I', partition)) is not null;
    execute format('create table analytics.%I (like analytics.%I including all)', partition, fact);
    execute format(
      'alter table analytics.%I attach partition analytics.%I for values from (%L) to (%L)',
      fact, partition, month, month + interval '1 month'
    );
    created := created + 1;
  end loop;
  return created;
end;
$$;
comment on function analytics.ensure_partitions(date, date) is
  'Makes the monthly partitions that hold the dates of a range, both ends included, in every fact; returns how many were made. May run again, and twice at once.';
revoke execute on function analytics.ensure_partitions(date, date), analytics.fill_dim_date(date, date) from public;
