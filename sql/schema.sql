-- Made by `npm run schema` from a freshly migrated database; a test fails when it is out of date.

-- Schemas

create schema analytics;
create schema bi;
create schema ops;
create schema ref;
create schema staging;
create schema state;

-- Tables

create table analytics.aggregated_dates (
  sale_date date not null,
  ledger_run bigint not null,
  has_unknown_products boolean not null,
  aggregated_at timestamp with time zone not null,
  constraint aggregated_dates_pkey PRIMARY KEY (sale_date)
);

create table analytics.dim_date (
  calendar_date date not null,
  date_key integer not null,
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
  updated_at timestamp with time zone default now() not null,
  constraint dim_date_date_key_key UNIQUE (date_key),
  constraint dim_date_pkey PRIMARY KEY (calendar_date)
);

create table analytics.dim_price (
  store_id text not null,
  product_id text not null,
  valid_from timestamp with time zone not null,
  valid_to timestamp with time zone not null,
  is_current boolean not null,
  price numeric(18,6) not null,
  reason text not null,
  promotion_id text,
  is_synthetic boolean default false not null,
  updated_at timestamp with time zone default now() not null,
  change_date date not null,
  constraint dim_price_check CHECK (valid_from < valid_to),
  constraint dim_price_check1 CHECK (is_current = (valid_to = '9999-12-31 00:00:00+00'::timestamp with time zone)),
  constraint dim_price_pkey PRIMARY KEY (store_id, product_id, valid_from)
);

create table analytics.dim_product (
  product_key bigint not null,
  product_id text not null,
  name text not null,
  category text,
  department text,
  brand text,
  package_size text,
  valid_from timestamp with time zone not null,
  valid_to timestamp with time zone not null,
  is_current boolean not null,
  is_unknown boolean default false not null,
  updated_at timestamp with time zone default now() not null,
  constraint dim_product_check CHECK (valid_from < valid_to),
  constraint dim_product_check1 CHECK (is_current = (valid_to = '9999-12-31 00:00:00+00'::timestamp with time zone)),
  constraint dim_product_pkey PRIMARY KEY (product_key),
  constraint dim_product_product_id_valid_from_key UNIQUE (product_id, valid_from)
);

create table analytics.dim_store (
  store_key bigint not null,
  store_id text not null,
  name text not null,
  region text not null,
  country text not null,
  currency text not null,
  time_zone text not null,
  valid_from timestamp with time zone not null,
  valid_to timestamp with time zone not null,
  is_current boolean not null,
  is_unknown boolean default false not null,
  updated_at timestamp with time zone default now() not null,
  constraint dim_store_check CHECK (valid_from < valid_to),
  constraint dim_store_check1 CHECK (is_current = (valid_to = '9999-12-31 00:00:00+00'::timestamp with time zone)),
  constraint dim_store_pkey PRIMARY KEY (store_key),
  constraint dim_store_store_id_valid_from_key UNIQUE (store_id, valid_from)
);

create table analytics.dim_supplier (
  supplier_key bigint not null,
  supplier_id text not null,
  name text not null,
  country text,
  lead_time_days integer,
  is_unknown boolean default false not null,
  updated_at timestamp with time zone default now() not null,
  constraint dim_supplier_pkey PRIMARY KEY (supplier_key),
  constraint dim_supplier_supplier_id_key UNIQUE (supplier_id)
);

create table analytics.fact_foot_traffic (
  traffic_date date not null,
  store_key bigint not null,
  hour_of_day smallint not null,
  entries integer not null,
  exits integer not null,
  is_synthetic boolean default false not null,
  updated_at timestamp with time zone default now() not null,
  constraint fact_foot_traffic_hour_of_day_check CHECK (hour_of_day >= 0 AND hour_of_day <= 23),
  constraint fact_foot_traffic_pkey PRIMARY KEY (traffic_date, store_key, hour_of_day)
) partition by RANGE (traffic_date);

create table analytics.fact_forecast (
  forecast_date date not null,
  target_date date not null,
  store_key bigint not null,
  product_key bigint not null,
  model_name text not null,
  model_version integer not null,
  mean_quantity numeric(18,6) not null,
  p10_quantity numeric(18,6),
  p50_quantity numeric(18,6),
  p90_quantity numeric(18,6),
  updated_at timestamp with time zone default now() not null,
  constraint fact_forecast_check CHECK (target_date >= forecast_date),
  constraint fact_forecast_pkey PRIMARY KEY (forecast_date, store_key, product_key, target_date, model_name)
) partition by RANGE (forecast_date);

create table analytics.fact_inventory (
  inventory_date date not null,
  store_key bigint not null,
  product_key bigint not null,
  opening_quantity numeric(18,6) not null,
  received_quantity numeric(18,6) default 0 not null,
  sold_quantity numeric(18,6) default 0 not null,
  adjusted_quantity numeric(18,6) default 0 not null,
  closing_quantity numeric(18,6) not null,
  is_synthetic boolean default false not null,
  updated_at timestamp with time zone default now() not null,
  constraint fact_inventory_check CHECK (closing_quantity = (opening_quantity + received_quantity - sold_quantity + adjusted_quantity)),
  constraint fact_inventory_pkey PRIMARY KEY (inventory_date, store_key, product_key)
) partition by RANGE (inventory_date);

create table analytics.fact_purchase_order (
  order_date date not null,
  purchase_order_id text not null,
  line_no integer not null,
  supplier_key bigint not null,
  store_key bigint not null,
  product_key bigint not null,
  status text not null,
  ordered_quantity numeric(18,6) not null,
  received_quantity numeric(18,6) default 0 not null,
  damaged_quantity numeric(18,6) default 0 not null,
  unit_cost numeric(18,6),
  expected_date date,
  received_at timestamp with time zone,
  updated_at timestamp with time zone default now() not null,
  constraint fact_purchase_order_pkey PRIMARY KEY (order_date, purchase_order_id, line_no)
) partition by RANGE (order_date);

create table analytics.fact_sales (
  sale_date date not null,
  store_key bigint not null,
  product_key bigint not null,
  transaction_id text not null,
  line_no integer not null,
  event_id text not null,
  quantity numeric(18,6) not null,
  unit_price numeric(18,6) not null,
  discount_amount numeric(18,6) not null,
  gross_amount numeric(24,6) not null,
  net_amount numeric(24,6) not null,
  is_return boolean not null,
  is_promoted boolean default false not null,
  is_synthetic boolean default false not null,
  original_transaction_id text,
  original_line_no integer,
  original_sale_date date,
  customer_id text,
  payment_method text not null,
  source text not null,
  sold_at timestamp with time zone not null,
  known_at timestamp with time zone not null,
  updated_at timestamp with time zone default now() not null
) partition by RANGE (sale_date);

create table analytics.fact_stockout (
  stockout_date date not null,
  store_key bigint not null,
  product_key bigint not null,
  out_of_stock_minutes integer not null,
  lost_quantity numeric(18,6),
  is_observed boolean not null,
  is_synthetic boolean default false not null,
  updated_at timestamp with time zone default now() not null,
  constraint fact_stockout_out_of_stock_minutes_check CHECK (out_of_stock_minutes >= 0 AND out_of_stock_minutes <= 1500),
  constraint fact_stockout_pkey PRIMARY KEY (stockout_date, store_key, product_key)
) partition by RANGE (stockout_date);

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
  updated_at timestamp with time zone default now() not null,
  constraint sales_by_category_day_pkey PRIMARY KEY (sale_date, store_key, department, category)
) partition by RANGE (sale_date);

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
  updated_at timestamp with time zone default now() not null,
  constraint sales_by_store_day_pkey PRIMARY KEY (sale_date, store_key)
) partition by RANGE (sale_date);

create table analytics.sales_by_store_hour (
  sale_date date not null,
  store_key bigint not null,
  hour_of_day smallint not null,
  transactions bigint not null,
  lines bigint not null,
  quantity numeric not null,
  net_amount numeric not null,
  updated_at timestamp with time zone default now() not null,
  constraint sales_by_store_hour_pkey PRIMARY KEY (sale_date, store_key, hour_of_day)
) partition by RANGE (sale_date);

create table analytics.stock_cover (
  store_key bigint not null,
  product_key bigint not null,
  on_hand_quantity numeric not null,
  sold_quantity numeric not null,
  daily_quantity numeric not null,
  days_of_cover numeric,
  measured_on date not null,
  updated_at timestamp with time zone default now() not null,
  constraint stock_cover_pkey PRIMARY KEY (store_key, product_key)
);

create table ops.assets (
  asset text not null,
  description text not null,
  store text not null,
  upstream text[] not null,
  code_version text not null,
  "position" integer not null,
  registered_at timestamp with time zone default now() not null,
  constraint assets_pkey PRIMARY KEY (asset),
  constraint assets_store_check CHECK (store = ANY (ARRAY['lake'::text, 'postgres'::text]))
);

create table ops.backfill_cells (
  plan text not null,
  date date not null,
  asset text not null,
  "position" integer not null,
  reason text not null,
  cause text,
  ledger_run bigint,
  estimated_rows bigint,
  estimated_bytes bigint,
  estimated_ms bigint,
  status text default 'planned'::text not null,
  run bigint,
  error text,
  finished_at timestamp with time zone,
  constraint backfill_cells_pkey PRIMARY KEY (plan, date, asset),
  constraint backfill_cells_plan_fkey FOREIGN KEY (plan) REFERENCES ops.backfill_plans(plan) ON DELETE CASCADE,
  constraint backfill_cells_reason_check CHECK (reason = ANY (ARRAY['missing'::text, 'failed'::text, 'late_data'::text, 'code_changed'::text, 'input_changed'::text, 'forced'::text])),
  constraint backfill_cells_status_check CHECK (status = ANY (ARRAY['planned'::text, 'succeeded'::text, 'failed'::text]))
);

create table ops.backfill_plans (
  plan text not null,
  assets text[] not null,
  from_date date not null,
  to_date date not null,
  forced boolean not null,
  failed_only boolean not null,
  status text default 'planned'::text not null,
  planned_at timestamp with time zone default now() not null,
  applied_at timestamp with time zone,
  finished_at timestamp with time zone,
  constraint backfill_plans_check CHECK (from_date <= to_date),
  constraint backfill_plans_pkey PRIMARY KEY (plan),
  constraint backfill_plans_status_check CHECK (status = ANY (ARRAY['planned'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text]))
);

create table ops.check_failures (
  failure bigint generated always as identity not null,
  run bigint not null,
  check_name text not null,
  reason text not null,
  failing_row jsonb not null,
  constraint check_failures_pkey PRIMARY KEY (failure),
  constraint check_failures_run_check_name_fkey FOREIGN KEY (run, check_name) REFERENCES ops.check_results(run, check_name) ON DELETE CASCADE
);

create table ops.check_results (
  run bigint not null,
  check_name text not null,
  asset text not null,
  date date,
  severity text not null,
  passed boolean not null,
  finding text not null,
  failing_rows bigint not null,
  checked_at timestamp with time zone default now() not null,
  constraint check_results_pkey PRIMARY KEY (run, check_name),
  constraint check_results_severity_check CHECK (severity = ANY (ARRAY['block'::text, 'warn'::text]))
);

create table ops.clock (
  is_only boolean default true not null,
  simulated_now timestamp with time zone not null,
  speed numeric not null,
  run_id text not null,
  seed bigint not null,
  constraint clock_is_only_check CHECK (is_only),
  constraint clock_pkey PRIMARY KEY (is_only),
  constraint clock_speed_check CHECK (speed > 0::numeric)
);

create table ops.dead_letters (
  letter_id bigint generated always as identity not null,
  origin text not null,
  topic text not null,
  partition integer not null,
  "offset" bigint not null,
  key bytea,
  payload bytea,
  headers jsonb default '{}'::jsonb not null,
  reason text not null,
  error text not null,
  known_at timestamp with time zone not null,
  status text default 'open'::text not null,
  attempts integer default 1 not null,
  relayed_attempts integer default 0 not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  constraint dead_letters_attempts_check CHECK (attempts > 0),
  constraint dead_letters_origin_topic_partition_offset_key UNIQUE (origin, topic, partition, "offset"),
  constraint dead_letters_pkey PRIMARY KEY (letter_id),
  constraint dead_letters_status_check CHECK (status = ANY (ARRAY['open'::text, 'replayed'::text, 'discarded'::text]))
);

create table ops.inventory_balances (
  store_key bigint not null,
  product_key bigint not null,
  quantity numeric(18,6) not null,
  last_date date not null,
  constraint inventory_balances_pkey PRIMARY KEY (store_key, product_key)
) with (fillfactor=70);

create table ops.outbox (
  outbox_id bigint generated always as identity not null,
  topic text not null,
  key text not null,
  payload jsonb not null,
  emitted_at timestamp with time zone default ops.now() not null,
  constraint outbox_pkey PRIMARY KEY (outbox_id)
) with (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=20000);

create table ops.partition_ledger (
  asset text not null,
  date date not null,
  status text not null,
  run bigint not null,
  workflow_id text not null,
  run_id text not null,
  reason text not null,
  error text,
  started_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  lease_until timestamp with time zone not null,
  inputs jsonb,
  inputs_at timestamp with time zone,
  output_version bigint,
  code_version text,
  rows bigint,
  bytes bigint,
  duration_ms bigint,
  succeeded_run bigint,
  succeeded_at timestamp with time zone,
  constraint partition_ledger_pkey PRIMARY KEY (asset, date),
  constraint partition_ledger_status_check CHECK (status = ANY (ARRAY['running'::text, 'succeeded'::text, 'failed'::text]))
);

create sequence ops.partition_run_numbers;

create table ops.partition_runs (
  run bigint not null,
  asset text not null,
  date date not null,
  status text not null,
  workflow_id text not null,
  run_id text not null,
  reason text not null,
  error text,
  started_at timestamp with time zone not null,
  finished_at timestamp with time zone not null,
  inputs jsonb,
  output_version bigint,
  code_version text,
  rows bigint,
  bytes bigint,
  duration_ms bigint not null,
  constraint partition_runs_pkey PRIMARY KEY (run),
  constraint partition_runs_status_check CHECK (status = ANY (ARRAY['succeeded'::text, 'failed'::text]))
);

create table ops.stream_controls (
  processor text not null,
  paused boolean not null,
  changed_at timestamp with time zone default now() not null,
  constraint stream_controls_pkey PRIMARY KEY (processor)
);

create table ops.stream_offsets (
  processor text not null,
  topic text not null,
  partition integer not null,
  "position" bigint not null,
  consumed bigint default 0 not null,
  applied bigint default 0 not null,
  duplicate bigint default 0 not null,
  late bigint default 0 not null,
  dead bigint default 0 not null,
  lost bigint default 0 not null,
  problem text,
  updated_at timestamp with time zone default now() not null,
  constraint every_message_has_one_outcome CHECK ((applied + duplicate + late + dead) = consumed),
  constraint stream_offsets_pkey PRIMARY KEY (processor, topic, partition)
) with (fillfactor=20);

create table ops.stream_watermark (
  processor text not null,
  topic text not null,
  partition integer not null,
  watermark timestamp with time zone not null,
  active_at timestamp with time zone not null,
  constraint stream_watermark_pkey PRIMARY KEY (processor, topic, partition)
) with (fillfactor=50);

create table ops.window_rules (
  is_only boolean default true not null,
  allowed_lateness interval default '00:05:00'::interval not null,
  idle_after interval default '00:10:00'::interval not null,
  window_days integer default 2 not null,
  hour_days integer default 35 not null,
  line_days integer default 7 not null,
  order_days integer default 35 not null,
  constraint hours_are_kept_longest CHECK (hour_days >= window_days AND hour_days <= 3660),
  constraint window_rules_allowed_lateness_check CHECK (allowed_lateness >= '00:00:00'::interval),
  constraint window_rules_idle_after_check CHECK (idle_after > '00:00:00'::interval),
  constraint window_rules_is_only_check CHECK (is_only),
  constraint window_rules_line_days_check CHECK (line_days >= 1 AND line_days <= 366),
  constraint window_rules_order_days_check CHECK (order_days >= 1 AND order_days <= 3660),
  constraint window_rules_pkey PRIMARY KEY (is_only),
  constraint window_rules_window_days_check CHECK (window_days >= 1 AND window_days <= 366)
);

create table ref.product_versions (
  product_id text not null,
  valid_from timestamp with time zone not null,
  name text not null,
  category text,
  department text,
  brand text,
  package_size text,
  constraint product_versions_pkey PRIMARY KEY (product_id, valid_from)
);

create table ref.products (
  product_id text not null,
  name text not null,
  category text,
  department text,
  brand text,
  package_size text,
  recorded_at timestamp with time zone not null,
  updated_at timestamp with time zone default now() not null,
  constraint products_pkey PRIMARY KEY (product_id)
);

create table ref.shelves (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  shelf_id text not null,
  capacity numeric not null,
  unit_weight numeric,
  warehouse_id text collate "C" not null,
  recorded_at timestamp with time zone not null,
  updated_at timestamp with time zone default now() not null,
  constraint shelves_capacity_check CHECK (capacity >= 0::numeric),
  constraint shelves_pkey PRIMARY KEY (store_id, product_id),
  constraint shelves_unit_weight_check CHECK (unit_weight >= 0::numeric)
);

create table ref.stores (
  store_id text not null,
  name text not null,
  region text not null,
  time_zone text not null,
  country text not null,
  currency text not null,
  recorded_at timestamp with time zone not null,
  updated_at timestamp with time zone default now() not null,
  constraint stores_pkey PRIMARY KEY (store_id)
);

create table ref.user_scope (
  user_name text not null,
  scope text not null,
  store_id text,
  region text,
  granted_at timestamp with time zone default now() not null,
  constraint user_scope_check CHECK ((scope = 'store'::text) = (store_id IS NOT NULL)),
  constraint user_scope_check1 CHECK ((scope = 'region'::text) = (region IS NOT NULL)),
  constraint user_scope_scope_check CHECK (scope = ANY (ARRAY['store'::text, 'region'::text, 'all'::text])),
  constraint user_scope_user_name_scope_store_id_region_key UNIQUE NULLS NOT DISTINCT (user_name, scope, store_id, region)
);

create table state.basket (
  visit_date date not null,
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  customer_id text collate "C" not null,
  picked numeric not null,
  sold numeric not null,
  unpicked numeric generated always as (GREATEST((sold - GREATEST(picked, (0)::numeric)), (0)::numeric)) stored not null,
  last_pick_at timestamp with time zone,
  last_event_at timestamp with time zone not null,
  taken_at timestamp with time zone,
  lost numeric default 0 not null,
  lost_at timestamp with time zone,
  constraint basket_pkey PRIMARY KEY (visit_date, store_id, product_id, customer_id)
) with (fillfactor=80, autovacuum_vacuum_scale_factor=0.05);

create table state.event_ids (
  event_date date not null,
  event_key uuid not null,
  constraint event_ids_pkey PRIMARY KEY (event_date, event_key)
) partition by RANGE (event_date);

create table state.event_ids_before_2000 partition of state.event_ids FOR VALUES FROM (MINVALUE) TO ('2000-01-01');

create table state.retention (
  table_name text not null,
  forgotten_before date not null,
  constraint retention_pkey PRIMARY KEY (table_name)
);

create table state.sales_day (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  sale_date date not null,
  units numeric not null,
  revenue numeric not null,
  returned_units numeric not null,
  returned_revenue numeric not null,
  lines bigint not null,
  updated_at timestamp with time zone default now() not null,
  constraint sales_day_pkey PRIMARY KEY (store_id, product_id, sale_date)
) with (fillfactor=80, autovacuum_vacuum_scale_factor=0.05);

create table state.sales_hour (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  window_start timestamp with time zone not null,
  local_start timestamp without time zone not null,
  units numeric not null,
  revenue numeric not null,
  returned_units numeric not null,
  returned_revenue numeric not null,
  lines integer not null,
  transactions integer not null,
  entries integer not null,
  exits integer not null,
  updated_at timestamp with time zone default now() not null,
  constraint sales_hour_pkey PRIMARY KEY (store_id, product_id, window_start)
) partition by RANGE (window_start);

create table state.sales_window (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  window_start timestamp with time zone not null,
  local_start timestamp without time zone not null,
  units numeric not null,
  revenue numeric not null,
  returned_units numeric not null,
  returned_revenue numeric not null,
  lines integer not null,
  transaction_keys bigint[] not null,
  transactions integer generated always as (cardinality(transaction_keys)) stored not null,
  entries integer not null,
  exits integer not null,
  updated_at timestamp with time zone default now() not null,
  constraint sales_window_pkey PRIMARY KEY (store_id, product_id, window_start)
) partition by RANGE (window_start);

create table state.shelf (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  refilled numeric default 0 not null,
  removed numeric default 0 not null,
  corrected numeric default 0 not null,
  picked numeric default 0 not null,
  unpicked_sales numeric default 0 not null,
  available numeric generated always as (((((refilled - removed) + corrected) - picked) - unpicked_sales)) stored not null,
  last_weight numeric,
  last_weight_at timestamp with time zone,
  last_refill_at timestamp with time zone,
  last_pick_at timestamp with time zone,
  last_sale_at timestamp with time zone,
  updated_at timestamp with time zone default now() not null,
  constraint shelf_pkey PRIMARY KEY (store_id, product_id)
) with (fillfactor=60, autovacuum_vacuum_scale_factor=0.05);

create table state.shelf_lot (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  batch_id text collate "C" not null,
  refilled numeric not null,
  removed numeric not null,
  expires_on date,
  received_on date,
  last_event_on date not null,
  updated_at timestamp with time zone default now() not null,
  constraint shelf_lot_pkey PRIMARY KEY (store_id, product_id, batch_id)
) with (fillfactor=80);

create table state.stock (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  on_hand numeric not null,
  updated_at timestamp with time zone default now() not null,
  constraint stock_pkey PRIMARY KEY (store_id, product_id)
) with (fillfactor=60, autovacuum_vacuum_scale_factor=0.05);

create table state.warehouse (
  warehouse_id text collate "C" not null,
  product_id text collate "C" not null,
  received numeric not null,
  shipped numeric not null,
  on_hand numeric generated always as ((received - shipped)) stored not null,
  last_received_at timestamp with time zone,
  last_shipped_at timestamp with time zone,
  updated_at timestamp with time zone default now() not null,
  constraint warehouse_pkey PRIMARY KEY (warehouse_id, product_id)
) with (fillfactor=60, autovacuum_vacuum_scale_factor=0.05);

create table state.warehouse_lot (
  warehouse_id text collate "C" not null,
  product_id text collate "C" not null,
  batch_id text collate "C" not null,
  received numeric not null,
  shipped numeric not null,
  on_hand numeric generated always as ((received - shipped)) stored not null,
  expires_on date,
  received_on date,
  last_event_on date not null,
  updated_at timestamp with time zone default now() not null,
  constraint warehouse_lot_pkey PRIMARY KEY (warehouse_id, product_id, batch_id)
) with (fillfactor=60, autovacuum_vacuum_scale_factor=0.05);

create table state.window_event (
  event_day date not null,
  event_key uuid not null,
  constraint window_event_pkey PRIMARY KEY (event_day, event_key)
) partition by RANGE (event_day);

-- Indexes

CREATE INDEX backfill_plans_planned_at ON ops.backfill_plans USING btree (planned_at);
CREATE INDEX baskets_held ON state.basket USING btree (store_id, product_id, last_pick_at) WHERE ((picked > sold) AND (taken_at IS NULL));
CREATE INDEX baskets_unpaid ON state.basket USING btree (last_event_at) WHERE ((picked > sold) AND (lost_at IS NULL));
CREATE INDEX check_failures_run ON ops.check_failures USING btree (run, check_name);
CREATE INDEX check_results_failed ON ops.check_results USING btree (checked_at) WHERE (NOT passed);
CREATE INDEX check_results_partition ON ops.check_results USING btree (asset, date, run);
CREATE INDEX dead_letters_open ON ops.dead_letters USING btree (topic, reason, created_at) WHERE (status = 'open'::text);
CREATE INDEX dead_letters_to_relay ON ops.dead_letters USING btree (letter_id) WHERE (relayed_attempts < attempts);
CREATE INDEX dim_price_change_date ON analytics.dim_price USING btree (change_date);
CREATE INDEX fact_sales_date_store ON ONLY analytics.fact_sales USING btree (sale_date, store_key);
CREATE INDEX partition_ledger_date ON ops.partition_ledger USING btree (date);
CREATE INDEX partition_runs_partition ON ops.partition_runs USING btree (asset, date, run);
CREATE INDEX shelf_lots_by_expiry ON state.shelf_lot USING btree (expires_on);
CREATE INDEX shelves_by_warehouse ON ref.shelves USING btree (warehouse_id, product_id);
CREATE INDEX warehouse_lots_by_expiry ON state.warehouse_lot USING btree (expires_on);
CREATE UNIQUE INDEX dim_product_current ON analytics.dim_product USING btree (product_id) WHERE is_current;
CREATE UNIQUE INDEX dim_store_current ON analytics.dim_store USING btree (store_id) WHERE is_current;

-- Functions

CREATE OR REPLACE FUNCTION analytics.aggregate_date(business_date date)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION analytics.dates_to_aggregate()
 RETURNS TABLE(sale_date date, ledger_run bigint)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 WITH filled_in AS (
          SELECT max(dim_product.updated_at) AS updated_at
            FROM analytics.dim_product
           WHERE (NOT dim_product.is_unknown)
         )
  SELECT ledger.date,
     ledger.succeeded_run
    FROM ((ops.partition_ledger ledger
      LEFT JOIN analytics.aggregated_dates done ON ((done.sale_date = ledger.date)))
      CROSS JOIN filled_in)
   WHERE ((ledger.asset = 'fact_sales'::text) AND (ledger.succeeded_run IS NOT NULL) AND ((done.ledger_run IS DISTINCT FROM ledger.succeeded_run) OR (done.has_unknown_products AND (filled_in.updated_at > (done.aggregated_at - '01:00:00'::interval)))))
   ORDER BY ledger.date;
END
;

CREATE OR REPLACE FUNCTION analytics.dimension_key(natural_key text, valid_from timestamp with time zone)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN ((('x'::text || "left"(md5(((natural_key || '@'::text) || (EXTRACT(epoch FROM valid_from))::bigint)), 13)))::bit(52))::bigint
;

CREATE OR REPLACE FUNCTION analytics.ensure_partitions(first_date date, last_date date)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
    continue when exists (
      select from pg_class where relname = partition and relnamespace = 'analytics'::regnamespace
    );
    execute format('create table analytics.%I (like analytics.%I including all)', partition, fact);
    execute format(
      'alter table analytics.%I attach partition analytics.%I for values from (%L) to (%L)',
      fact, partition, month, month + interval '1 month'
    );
    created := created + 1;
  end loop;
  return created;
end;
$function$
;

CREATE OR REPLACE FUNCTION analytics.fill_dim_date(first_date date, last_date date)
 RETURNS void
 LANGUAGE sql
BEGIN ATOMIC
 INSERT INTO analytics.dim_date (calendar_date, date_key, year, quarter, month, month_name, year_month, month_start, iso_year, iso_week, week_start, day_of_month, day_of_year, day_of_week, day_name, is_weekend, is_month_end)  SELECT day.day,
             (to_char(day.day, 'YYYYMMDD'::text))::integer AS to_char,
             EXTRACT(year FROM day.day) AS "extract",
             EXTRACT(quarter FROM day.day) AS "extract",
             EXTRACT(month FROM day.day) AS "extract",
             to_char(day.day, 'FMMonth'::text) AS to_char,
             to_char(day.day, 'YYYY-MM'::text) AS to_char,
             (date_trunc('month'::text, day.day))::date AS date_trunc,
             EXTRACT(isoyear FROM day.day) AS "extract",
             EXTRACT(week FROM day.day) AS "extract",
             (date_trunc('week'::text, day.day))::date AS date_trunc,
             EXTRACT(day FROM day.day) AS "extract",
             EXTRACT(doy FROM day.day) AS "extract",
             EXTRACT(isodow FROM day.day) AS "extract",
             to_char(day.day, 'FMDay'::text) AS to_char,
             (EXTRACT(isodow FROM day.day) > (5)::numeric),
             (day.day = ((date_trunc('month'::text, day.day) + '1 mon -1 days'::interval))::date)
            FROM generate_series((fill_dim_date.first_date)::timestamp without time zone, (fill_dim_date.last_date)::timestamp without time zone, '1 day'::interval) day(day) ON CONFLICT(calendar_date) DO NOTHING;
END
;

CREATE OR REPLACE FUNCTION analytics.refresh_bi()
 RETURNS TABLE(aggregate text, dates bigint, rows_written bigint)
 LANGUAGE plpgsql
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION analytics.refresh_stock_cover()
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION analytics.visible_store_keys()
 RETURNS SETOF bigint
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
BEGIN ATOMIC
 SELECT dim_store.store_key
    FROM analytics.dim_store
   WHERE (( SELECT ref.sees_everything() AS sees_everything) OR (dim_store.store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids)));
END
;

CREATE OR REPLACE FUNCTION ops.emit(topic text, key text, payload jsonb)
 RETURNS void
 LANGUAGE sql
BEGIN ATOMIC
 INSERT INTO ops.outbox (topic, key, payload)
   VALUES (emit.topic, emit.key, emit.payload);
END
;

CREATE OR REPLACE FUNCTION ops.low_watermark(of_processor text, as_of timestamp with time zone, of_topic text DEFAULT NULL::text)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT min((stream_watermark.watermark + GREATEST(((low_watermark.as_of - stream_watermark.active_at) - window_rules.idle_after), '00:00:00'::interval))) AS min
    FROM (ops.stream_watermark
      CROSS JOIN ops.window_rules)
   WHERE ((stream_watermark.processor = low_watermark.of_processor) AND (stream_watermark.topic = COALESCE(low_watermark.of_topic, stream_watermark.topic)));
END
;

CREATE OR REPLACE FUNCTION ops.now()
 RETURNS timestamp with time zone
 LANGUAGE sql
 PARALLEL RESTRICTED
RETURN COALESCE((SELECT clock.simulated_now FROM ops.clock), clock_timestamp())
;

CREATE OR REPLACE FUNCTION ops.prune_windows(as_of timestamp with time zone, row_limit integer)
 RETURNS TABLE(relation text, days_dropped integer, rows_deleted bigint)
 LANGUAGE plpgsql
AS $function$
declare
  rules ops.window_rules;
  frontier timestamptz;
  today date;
begin
  select * into rules from ops.window_rules;
  -- The clock alone forgets nothing: a worker that stood still finds its windows as it left them.
  select ops.low_watermark('sales_windows', least(as_of, max(active_at))) into frontier
  from ops.stream_watermark where processor = 'sales_windows';
  today := (least(frontier, as_of) at time zone 'UTC')::date;
  if today is null then
    return;
  end if;
  return query
  select target, state.drop_days(target, today - days, row_limit), 0::bigint
  from (values
    (1, 'window_event', rules.window_days),
    (2, 'sales_window', rules.window_days),
    (3, 'sales_hour', rules.hour_days)
  ) as forget (turn, target, days)
  order by turn;
end;
$function$
;

CREATE OR REPLACE FUNCTION ref.has_scope()
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
RETURN (EXISTS (SELECT FROM ref.user_scope WHERE (user_scope.user_name = SESSION_USER)))
;

CREATE OR REPLACE FUNCTION ref.sees_everything()
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
RETURN (EXISTS (SELECT FROM ref.user_scope WHERE ((user_scope.user_name = SESSION_USER) AND (user_scope.scope = 'all'::text))))
;

CREATE OR REPLACE FUNCTION ref.visible_store_ids()
 RETURNS SETOF text
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
BEGIN ATOMIC
 SELECT user_scope.store_id
    FROM ref.user_scope
   WHERE ((user_scope.user_name = SESSION_USER) AND (user_scope.scope = 'store'::text))
 UNION
  SELECT stores.store_id
    FROM (ref.stores
      JOIN ref.user_scope USING (region))
   WHERE ((user_scope.user_name = SESSION_USER) AND (user_scope.scope = 'region'::text));
END
;

CREATE OR REPLACE FUNCTION state.drop_days(parent text, before date, days_max integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  child regclass;
  dropped integer := 0;
begin
  -- Readers and writers are not made to wait behind this for long; the job's next turn tries again.
  set local lock_timeout = '3s';
  execute format('lock table only state.%I in access exclusive mode', parent);
  insert into state.retention values (parent, before)
  on conflict (table_name) do update set forgotten_before = greatest(retention.forgotten_before, excluded.forgotten_before);
  for child in
    select inhrelid::regclass from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent = format('state.%I', parent)::regclass and to_date(right(relname, 10), 'YYYY_MM_DD') < before
    order by relname limit days_max
  loop
    execute format('drop table %s', child);
    dropped := dropped + 1;
  end loop;
  return dropped;
end;
$function$
;

CREATE OR REPLACE FUNCTION state.ensure_days(parents text[], dates date[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  parent text;
  day date;
  child text;
  kept_from date;
begin
  foreach parent in array parents loop
    execute format('lock table only state.%I in row exclusive mode', parent);
    select coalesce(max(forgotten_before), '-infinity') into kept_from from state.retention where table_name = parent;
    -- A store's day lies on up to three days of UTC.
    for day in
      select distinct date + shift from unnest(dates) as date, generate_series(-1, 1) as shift
      where date + shift >= kept_from order by 1
    loop
      child := format('%s_%s', parent, to_char(day, 'YYYY_MM_DD'));
      continue when to_regclass(format('state.%I', child)) is not null;
      perform pg_advisory_xact_lock(731204120);
      continue when exists (select from pg_class where relname = child and relnamespace = 'state'::regnamespace);
      execute format('create table state.%I (like state.%I including all) with (fillfactor = 80)', child, parent);
      execute format(
        'alter table state.%I attach partition state.%I for values from (%L) to (%L)',
        parent, child, format('%s 00:00:00+00', day), format('%s 00:00:00+00', day + 1)
      );
    end loop;
  end loop;
end;
$function$
;

CREATE OR REPLACE FUNCTION state.ensure_event_id_months(dates date[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  month date;
  child text;
begin
  for month in
    select distinct date_trunc('month', day)::date from unnest(dates) as day where day >= '2000-01-01' order by 1
  loop
    child := 'event_ids_' || to_char(month, 'YYYY_MM');
    continue when to_regclass('state.' || child) is not null;
    perform pg_advisory_xact_lock(hashtextextended('state.event_ids', 0));
    continue when exists (select from pg_class where relname = child and relnamespace = 'state'::regnamespace);
    execute format('create table state.%I (like state.event_ids including all)', child);
    execute format(
      'alter table state.event_ids attach partition state.%I for values from (%L) to (%L)',
      child, month, month + interval '1 month'
    );
  end loop;
end;
$function$
;

CREATE OR REPLACE FUNCTION state.event_key(topic text, event_id text)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN (md5(((topic || '/'::text) || event_id)))::uuid
;

CREATE OR REPLACE FUNCTION state.forget_baskets(before date, rows_max integer)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
declare
  forgotten integer;
begin
  insert into state.retention values ('basket', before)
  on conflict (table_name) do update set forgotten_before = greatest(retention.forgotten_before, excluded.forgotten_before);
  delete from state.basket
  where (visit_date, store_id, product_id, customer_id) in (
    select visit_date, store_id, product_id, customer_id from state.basket where visit_date < before limit rows_max
  );
  get diagnostics forgotten = row_count;
  return forgotten;
end
$function$
;

CREATE OR REPLACE FUNCTION state.forget_lots(before date, rows_max integer)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
declare
  of_shelves integer;
  of_warehouses integer;
begin
  insert into state.retention values ('shelf_lot', before), ('warehouse_lot', before)
  on conflict (table_name) do update set forgotten_before = greatest(retention.forgotten_before, excluded.forgotten_before);
  delete from state.shelf_lot
  where last_event_on < before and (store_id, product_id, batch_id) in (
    select store_id, product_id, batch_id from state.shelf_lot_live
    where on_hand = 0 and last_event_on < before and batch_id <> '' limit rows_max
  );
  get diagnostics of_shelves = row_count;
  delete from state.warehouse_lot
  where on_hand = 0 and last_event_on < before and (warehouse_id, product_id, batch_id) in (
    select warehouse_id, product_id, batch_id from state.warehouse_lot
    where on_hand = 0 and last_event_on < before and batch_id <> '' limit rows_max
  );
  get diagnostics of_warehouses = row_count;
  return of_shelves + of_warehouses;
end
$function$
;

-- Views

create view bi.data_freshness with (security_invoker=true) as
 SELECT asset,
    min(date) FILTER (WHERE succeeded_at IS NOT NULL) AS first_date,
    max(date) FILTER (WHERE succeeded_at IS NOT NULL) AS last_date,
    count(*) FILTER (WHERE succeeded_at IS NOT NULL) AS dates_ready,
    count(*) FILTER (WHERE status = 'failed'::text) AS dates_failed,
    count(*) FILTER (WHERE status = 'running'::text) AS dates_running,
    (max(succeeded_at) AT TIME ZONE 'UTC'::text) AS refreshed_at,
    (max(GREATEST(started_at, succeeded_at)) AT TIME ZONE 'UTC'::text) AS updated_at
   FROM ops.partition_ledger
  GROUP BY asset;

create view bi.data_quality with (security_invoker=true) as
 SELECT run,
    asset,
    date AS business_date,
    check_name,
    severity,
    passed,
    finding,
    failing_rows,
    (checked_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM ops.check_results;

create view bi.dead_letters with (security_invoker=true) as
 SELECT topic,
    origin,
    reason,
    status,
    (created_at AT TIME ZONE 'UTC'::text)::date AS created_on,
    count(*) AS letters,
    (max(updated_at) AT TIME ZONE 'UTC'::text) AS updated_at
   FROM ops.dead_letters
  GROUP BY topic, origin, reason, status, ((created_at AT TIME ZONE 'UTC'::text)::date);

create view bi.dim_date with (security_invoker=true) as
 SELECT calendar_date,
    date_key,
    year,
    quarter,
    month,
    month_name,
    year_month,
    month_start,
    iso_year,
    iso_week,
    week_start,
    day_of_month,
    day_of_year,
    day_of_week,
    day_name,
    is_weekend,
    is_month_end,
    (updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.dim_date;

create view bi.dim_price with (security_invoker=true) as
 SELECT dim_store.store_key,
    dim_product.product_key,
    (dim_price.valid_from AT TIME ZONE 'UTC'::text) AS valid_from,
    (dim_price.valid_to AT TIME ZONE 'UTC'::text) AS valid_to,
    dim_price.is_current,
    dim_price.price,
    dim_price.reason,
    dim_price.promotion_id,
    dim_price.is_synthetic,
    (dim_price.updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.dim_price
     JOIN analytics.dim_store ON dim_store.store_id = dim_price.store_id AND dim_store.is_current
     JOIN analytics.dim_product ON dim_product.product_id = dim_price.product_id AND dim_product.is_current;

create view bi.dim_product with (security_invoker=true) as
 SELECT product_key,
    product_id,
    name,
    category,
    department,
    brand,
    package_size,
    (valid_from AT TIME ZONE 'UTC'::text) AS valid_from,
    (valid_to AT TIME ZONE 'UTC'::text) AS valid_to,
    is_current,
    is_unknown,
    (updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.dim_product;

create view bi.dim_store with (security_invoker=true) as
 SELECT store_key,
    store_id,
    name,
    region,
    country,
    currency,
    time_zone,
    (valid_from AT TIME ZONE 'UTC'::text) AS valid_from,
    (valid_to AT TIME ZONE 'UTC'::text) AS valid_to,
    is_current,
    is_unknown,
    (updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.dim_store;

create view bi.dim_supplier with (security_invoker=true) as
 SELECT supplier_key,
    supplier_id,
    name,
    country,
    lead_time_days,
    is_unknown,
    (updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.dim_supplier;

create view bi.fact_foot_traffic with (security_invoker=true) as
 SELECT traffic_date,
    store_key,
    hour_of_day,
    entries,
    exits,
    is_synthetic,
    (updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.fact_foot_traffic;

create view bi.fact_forecast with (security_invoker=true) as
 SELECT forecast_date,
    target_date,
    store_key,
    product_key,
    model_name,
    model_version,
    mean_quantity,
    p10_quantity,
    p50_quantity,
    p90_quantity,
    (updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.fact_forecast;

create view bi.fact_inventory with (security_invoker=true) as
 SELECT inventory_date,
    store_key,
    product_key,
    opening_quantity,
    received_quantity,
    sold_quantity,
    adjusted_quantity,
    closing_quantity,
    is_synthetic,
    (updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.fact_inventory;

create view bi.fact_purchase_order with (security_invoker=true) as
 SELECT order_date,
    purchase_order_id,
    line_no,
    supplier_key,
    store_key,
    product_key,
    status,
    ordered_quantity,
    received_quantity,
    damaged_quantity,
    unit_cost,
    expected_date,
    (received_at AT TIME ZONE 'UTC'::text) AS received_at,
    (updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.fact_purchase_order;

create view bi.fact_sales with (security_invoker=true) as
 SELECT sale_date,
    store_key,
    product_key,
    transaction_id,
    line_no,
    event_id,
    quantity,
    unit_price,
    discount_amount,
    gross_amount,
    net_amount,
    is_return,
    is_promoted,
    is_synthetic,
    original_transaction_id,
    original_line_no,
    original_sale_date,
    customer_id,
    payment_method,
    source,
    (sold_at AT TIME ZONE 'UTC'::text) AS sold_at,
    (known_at AT TIME ZONE 'UTC'::text) AS known_at,
    (updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.fact_sales;

create view bi.fact_stockout with (security_invoker=true) as
 SELECT stockout_date,
    store_key,
    product_key,
    out_of_stock_minutes,
    lost_quantity,
    is_observed,
    is_synthetic,
    (updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.fact_stockout;

create view bi.live_sales_hour with (security_invoker=true) as
 SELECT dim_store.store_key,
    sales_hour.local_start::date AS sale_date,
    sales_hour.local_start AS sale_hour,
    sales_hour.lines,
    sales_hour.units AS quantity,
    sales_hour.revenue AS net_amount,
    sales_hour.returned_units AS returned_quantity,
    sales_hour.returned_revenue AS returned_amount,
    sales_hour.transactions,
    sales_hour.entries,
    (sales_hour.updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM state.sales_hour
     JOIN analytics.dim_store ON dim_store.store_id = sales_hour.store_id AND dim_store.is_current
  WHERE sales_hour.product_id = ''::text;

create view bi.live_stock with (security_invoker=true) as
 SELECT dim_store.store_key,
    dim_product.product_key,
    stock.on_hand AS on_hand_quantity,
    (stock.updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM state.stock
     JOIN analytics.dim_store ON dim_store.store_id = stock.store_id AND dim_store.is_current
     JOIN analytics.dim_product ON dim_product.product_id = stock.product_id AND dim_product.is_current;

create view bi.my_access with (security_invoker=true) as
 SELECT user_name,
    scope,
    store_id,
    region,
    (granted_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM ref.user_scope
  WHERE user_name = SESSION_USER;

create view bi.pipeline_runs with (security_invoker=true) as
 SELECT run,
    asset,
    date AS business_date,
    status,
    reason,
    error,
    workflow_id,
    run_id AS temporal_run_id,
    code_version,
    rows,
    bytes,
    duration_ms,
    (started_at AT TIME ZONE 'UTC'::text) AS started_at,
    (finished_at AT TIME ZONE 'UTC'::text) AS finished_at,
    (finished_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM ops.partition_runs;

create view bi.sales_by_category_day with (security_invoker=true) as
 SELECT sale_date,
    store_key,
    department,
    category,
    transactions,
    lines,
    quantity,
    gross_amount,
    discount_amount,
    net_amount,
    promoted_net_amount,
    (updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.sales_by_category_day;

create view bi.sales_by_day with (security_invoker=true) as
 SELECT sale_date,
    count(DISTINCT store_key) AS stores,
    sum(transactions)::bigint AS transactions,
    sum(lines)::bigint AS lines,
    sum(quantity) AS quantity,
    sum(gross_amount) AS gross_amount,
    sum(discount_amount) AS discount_amount,
    sum(net_amount) AS net_amount,
    sum(promoted_net_amount) AS promoted_net_amount,
    sum(return_lines)::bigint AS return_lines,
    sum(returned_amount) AS returned_amount,
    round(sum(net_amount) / NULLIF(sum(transactions), 0::numeric), 2) AS net_amount_per_transaction,
    (max(updated_at) AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.sales_by_store_day
  GROUP BY sale_date;

create view bi.sales_by_store_day with (security_invoker=true) as
 SELECT sale_date,
    store_key,
    transactions,
    lines,
    customers,
    quantity,
    gross_amount,
    discount_amount,
    net_amount,
    promoted_net_amount,
    return_lines,
    returned_quantity,
    returned_amount,
    (updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.sales_by_store_day;

create view bi.stock_cover with (security_invoker=true) as
 SELECT store_key,
    product_key,
    on_hand_quantity,
    sold_quantity,
    daily_quantity,
    days_of_cover,
    measured_on,
    (updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.stock_cover;

create view bi.store_hour with (security_invoker=true) as
 SELECT COALESCE(sales.sale_date, traffic.traffic_date) AS business_date,
    COALESCE(sales.store_key, traffic.store_key) AS store_key,
    COALESCE(sales.hour_of_day, traffic.hour_of_day) AS hour_of_day,
    COALESCE(sales.transactions, 0::bigint) AS transactions,
    COALESCE(sales.lines, 0::bigint) AS lines,
    COALESCE(sales.quantity, 0::numeric) AS quantity,
    COALESCE(sales.net_amount, 0::numeric) AS net_amount,
    traffic.entries,
    traffic.exits,
    round(sales.transactions::numeric / NULLIF(traffic.entries, 0)::numeric, 4) AS conversion_rate,
    COALESCE(traffic.is_synthetic, false) AS is_traffic_synthetic,
    (GREATEST(sales.updated_at, traffic.updated_at) AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.sales_by_store_hour sales
     FULL JOIN analytics.fact_foot_traffic traffic ON traffic.traffic_date = sales.sale_date AND traffic.store_key = sales.store_key AND traffic.hour_of_day = sales.hour_of_day;

create view bi.stream_outcomes with (security_invoker=true) as
 SELECT processor,
    topic,
    partition,
    "position" AS next_offset,
    consumed,
    applied,
    duplicate,
    late,
    dead,
    lost,
    problem,
    (updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM ops.stream_offsets;

create view state.sales_window_live as
 SELECT window_minutes,
    store_id,
    NULLIF(product_id, ''::text) AS product_id,
    window_start,
    window_start + make_interval(mins => window_minutes) AS window_end,
    local_start,
    units,
    revenue,
    returned_units,
    returned_revenue,
    lines,
    transactions,
    entries,
    exits,
    round(units * 60::numeric / window_minutes::numeric, 3) AS units_per_hour,
    round(transactions::numeric / NULLIF(entries, 0)::numeric, 4) AS conversion,
    COALESCE((window_start + make_interval(mins => window_minutes)) <= (( SELECT ops.low_watermark('sales_windows'::text, ops.now()) AS low_watermark)), false) AS is_closed,
    updated_at
   FROM ( SELECT 5 AS window_minutes,
            sales_window.store_id,
            sales_window.product_id,
            sales_window.window_start,
            sales_window.local_start,
            sales_window.units,
            sales_window.revenue,
            sales_window.returned_units,
            sales_window.returned_revenue,
            sales_window.lines,
            sales_window.transactions,
            sales_window.entries,
            sales_window.exits,
            sales_window.updated_at
           FROM state.sales_window
        UNION ALL
         SELECT 60,
            sales_hour.store_id,
            sales_hour.product_id,
            sales_hour.window_start,
            sales_hour.local_start,
            sales_hour.units,
            sales_hour.revenue,
            sales_hour.returned_units,
            sales_hour.returned_revenue,
            sales_hour.lines,
            sales_hour.transactions,
            sales_hour.entries,
            sales_hour.exits,
            sales_hour.updated_at
           FROM state.sales_hour) windows;

create view state.shelf_live as
 SELECT shelf.store_id,
    shelf.product_id,
    ref.shelf_id,
    ref.warehouse_id,
    shelf.available,
    COALESCE(hold.units, 0::numeric) AS held,
    shelf.available + COALESCE(hold.units, 0::numeric) AS on_shelf,
    ref.capacity,
    round((shelf.available + COALESCE(hold.units, 0::numeric)) / NULLIF(ref.capacity, 0::numeric), 4) AS fill_ratio,
    shelf.last_weight,
    shelf.last_weight_at,
    round(shelf.last_weight / NULLIF(ref.unit_weight, 0::numeric), 3) AS weighed_units,
    shelf.last_refill_at,
    shelf.last_pick_at,
    shelf.last_sale_at,
    shelf.updated_at
   FROM state.shelf shelf
     LEFT JOIN ref.shelves ref USING (store_id, product_id)
     LEFT JOIN ( SELECT basket.store_id,
            basket.product_id,
            sum(basket.picked - basket.sold) AS units
           FROM state.basket
          WHERE basket.picked > basket.sold AND basket.taken_at IS NULL
          GROUP BY basket.store_id, basket.product_id) hold USING (store_id, product_id);

create view state.shelf_lot_live as
 WITH lot AS (
         SELECT shelf_lot.store_id,
            shelf_lot.product_id,
            shelf_lot.batch_id,
            shelf_lot.refilled,
            shelf_lot.removed,
            shelf_lot.expires_on,
            shelf_lot.received_on,
            shelf_lot.last_event_on,
            shelf_lot.updated_at,
            GREATEST(shelf_lot.refilled - shelf_lot.removed, 0::numeric) AS supply,
            sum(GREATEST(shelf_lot.refilled - shelf_lot.removed, 0::numeric)) OVER lots AS supplied,
            sum(GREATEST(shelf_lot.refilled - shelf_lot.removed, 0::numeric)) OVER (PARTITION BY shelf_lot.store_id, shelf_lot.product_id) AS supplied_in_all
           FROM state.shelf_lot
          WINDOW lots AS (PARTITION BY shelf_lot.store_id, shelf_lot.product_id ORDER BY shelf_lot.expires_on, shelf_lot.received_on, shelf_lot.batch_id)
        )
 SELECT lot.store_id,
    lot.product_id,
    lot.batch_id,
    GREATEST(LEAST(lot.supply, lot.supplied - (lot.supplied_in_all - shelf.available)), 0::numeric) AS on_hand,
    lot.refilled,
    lot.removed,
    lot.expires_on,
    lot.received_on,
    lot.last_event_on
   FROM lot
     JOIN state.shelf shelf USING (store_id, product_id);

create view state.warehouse_live as
 SELECT warehouse.warehouse_id,
    warehouse.product_id,
    warehouse.on_hand,
    COALESCE(lot.lots, 0::bigint) AS lots,
    lot.next_expires_on,
    warehouse.last_received_at,
    warehouse.last_shipped_at,
    warehouse.updated_at
   FROM state.warehouse warehouse
     LEFT JOIN ( SELECT warehouse_lot_live.warehouse_id,
            warehouse_lot_live.product_id,
            count(*) AS lots,
            min(warehouse_lot_live.expires_on) AS next_expires_on
           FROM state.warehouse_lot_live
          WHERE warehouse_lot_live.on_hand > 0::numeric
          GROUP BY warehouse_lot_live.warehouse_id, warehouse_lot_live.product_id) lot USING (warehouse_id, product_id);

create view state.warehouse_lot_live as
 WITH lot AS (
         SELECT warehouse_lot.warehouse_id,
            warehouse_lot.product_id,
            warehouse_lot.batch_id,
            warehouse_lot.received,
            warehouse_lot.shipped,
            warehouse_lot.on_hand,
            warehouse_lot.expires_on,
            warehouse_lot.received_on,
            warehouse_lot.last_event_on,
            warehouse_lot.updated_at,
            GREATEST(warehouse_lot.on_hand, 0::numeric) AS supply,
            sum(GREATEST(warehouse_lot.on_hand, 0::numeric)) OVER lots AS supplied,
            sum(GREATEST(warehouse_lot.on_hand, 0::numeric)) OVER (PARTITION BY warehouse_lot.warehouse_id, warehouse_lot.product_id) AS supplied_in_all
           FROM state.warehouse_lot
          WINDOW lots AS (PARTITION BY warehouse_lot.warehouse_id, warehouse_lot.product_id ORDER BY warehouse_lot.expires_on, warehouse_lot.received_on, warehouse_lot.batch_id)
        )
 SELECT lot.warehouse_id,
    lot.product_id,
    lot.batch_id,
    GREATEST(LEAST(lot.supply, lot.supplied - (lot.supplied_in_all - warehouse.on_hand)), 0::numeric) AS on_hand,
    lot.received,
    lot.shipped,
    lot.expires_on,
    lot.received_on,
    lot.last_event_on
   FROM lot
     JOIN state.warehouse warehouse USING (warehouse_id, product_id);

-- Row-level security

alter table analytics.dim_date enable row level security;

create policy anybody_with_a_scope on analytics.dim_date for select to bi_reader
  using (( SELECT ref.has_scope() AS has_scope));

create policy application on analytics.dim_date to shelfline_app
  using (true)
  with check (true);

alter table analytics.dim_price enable row level security;

create policy application on analytics.dim_price to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.dim_price for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table analytics.dim_product enable row level security;

create policy anybody_with_a_scope on analytics.dim_product for select to bi_reader
  using (( SELECT ref.has_scope() AS has_scope));

create policy application on analytics.dim_product to shelfline_app
  using (true)
  with check (true);

alter table analytics.dim_store enable row level security;

create policy application on analytics.dim_store to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.dim_store for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.dim_supplier enable row level security;

create policy anybody_with_a_scope on analytics.dim_supplier for select to bi_reader
  using (( SELECT ref.has_scope() AS has_scope));

create policy application on analytics.dim_supplier to shelfline_app
  using (true)
  with check (true);

alter table analytics.fact_foot_traffic enable row level security;

create policy application on analytics.fact_foot_traffic to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.fact_foot_traffic for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.fact_forecast enable row level security;

create policy application on analytics.fact_forecast to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.fact_forecast for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.fact_inventory enable row level security;

create policy application on analytics.fact_inventory to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.fact_inventory for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.fact_purchase_order enable row level security;

create policy application on analytics.fact_purchase_order to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.fact_purchase_order for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.fact_sales enable row level security;

create policy application on analytics.fact_sales to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.fact_sales for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.fact_stockout enable row level security;

create policy application on analytics.fact_stockout to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.fact_stockout for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.sales_by_category_day enable row level security;

create policy application on analytics.sales_by_category_day to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.sales_by_category_day for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.sales_by_store_day enable row level security;

create policy application on analytics.sales_by_store_day to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.sales_by_store_day for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.sales_by_store_hour enable row level security;

create policy application on analytics.sales_by_store_hour to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.sales_by_store_hour for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.stock_cover enable row level security;

create policy application on analytics.stock_cover to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.stock_cover for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table ops.check_results enable row level security;

create policy application on ops.check_results to shelfline_app
  using (true)
  with check (true);

create policy everything on ops.check_results for select to bi_reader
  using (( SELECT ref.sees_everything() AS sees_everything));

alter table ops.dead_letters enable row level security;

create policy application on ops.dead_letters to shelfline_app
  using (true)
  with check (true);

create policy everything on ops.dead_letters for select to bi_reader
  using (( SELECT ref.sees_everything() AS sees_everything));

alter table ops.partition_ledger enable row level security;

create policy anybody_with_a_scope on ops.partition_ledger for select to bi_reader
  using (( SELECT ref.has_scope() AS has_scope));

create policy application on ops.partition_ledger to shelfline_app
  using (true)
  with check (true);

alter table ops.partition_runs enable row level security;

create policy application on ops.partition_runs to shelfline_app
  using (true)
  with check (true);

create policy everything on ops.partition_runs for select to bi_reader
  using (( SELECT ref.sees_everything() AS sees_everything));

alter table ops.stream_offsets enable row level security;

create policy application on ops.stream_offsets to shelfline_app
  using (true)
  with check (true);

create policy everything on ops.stream_offsets for select to bi_reader
  using (( SELECT ref.sees_everything() AS sees_everything));

alter table ref.user_scope enable row level security;

create policy application on ref.user_scope to shelfline_app
  using (true)
  with check (true);

create policy own_rows on ref.user_scope for select to bi_reader
  using ((user_name = SESSION_USER));

alter table state.sales_hour enable row level security;

create policy application on state.sales_hour to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.sales_hour for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.stock enable row level security;

create policy application on state.stock to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.stock for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

-- Grants

grant execute on function analytics.aggregate_date(business_date date) to shelfline_app;
grant execute on function analytics.dates_to_aggregate() to shelfline_app;
grant execute on function analytics.dimension_key(natural_key text, valid_from timestamp with time zone) to public;
grant execute on function analytics.dimension_key(natural_key text, valid_from timestamp with time zone) to shelfline_app;
grant execute on function analytics.ensure_partitions(first_date date, last_date date) to shelfline_app;
grant execute on function analytics.fill_dim_date(first_date date, last_date date) to shelfline_app;
grant execute on function analytics.refresh_bi() to shelfline_app;
grant execute on function analytics.refresh_stock_cover() to shelfline_app;
grant execute on function analytics.visible_store_keys() to bi_reader;
grant execute on function analytics.visible_store_keys() to shelfline_app;
grant execute on function ops.emit(topic text, key text, payload jsonb) to public;
grant execute on function ops.emit(topic text, key text, payload jsonb) to shelfline_app;
grant execute on function ops.low_watermark(of_processor text, as_of timestamp with time zone, of_topic text) to public;
grant execute on function ops.low_watermark(of_processor text, as_of timestamp with time zone, of_topic text) to shelfline_app;
grant execute on function ops.now() to public;
grant execute on function ops.now() to shelfline_app;
grant execute on function ops.prune_windows(as_of timestamp with time zone, row_limit integer) to shelfline_app;
grant execute on function ref.has_scope() to bi_reader;
grant execute on function ref.has_scope() to shelfline_app;
grant execute on function ref.sees_everything() to bi_reader;
grant execute on function ref.sees_everything() to shelfline_app;
grant execute on function ref.visible_store_ids() to bi_reader;
grant execute on function ref.visible_store_ids() to shelfline_app;
grant execute on function state.drop_days(parent text, before date, days_max integer) to shelfline_app;
grant execute on function state.ensure_days(parents text[], dates date[]) to shelfline_app;
grant execute on function state.ensure_event_id_months(dates date[]) to shelfline_app;
grant execute on function state.event_key(topic text, event_id text) to public;
grant execute on function state.event_key(topic text, event_id text) to shelfline_app;
grant execute on function state.forget_baskets(before date, rows_max integer) to public;
grant execute on function state.forget_baskets(before date, rows_max integer) to shelfline_app;
grant execute on function state.forget_lots(before date, rows_max integer) to public;
grant execute on function state.forget_lots(before date, rows_max integer) to shelfline_app;
grant usage on schema analytics to shelfline_app;
grant usage on schema bi to bi_reader;
grant usage on schema bi to shelfline_app;
grant usage on schema ops to shelfline_app;
grant usage on schema ref to shelfline_app;
grant create, usage on schema staging to shelfline_app;
grant usage on schema state to shelfline_app;
grant select, usage on sequence ops.check_failures_failure_seq to shelfline_app;
grant select, usage on sequence ops.dead_letters_letter_id_seq to shelfline_app;
grant select, usage on sequence ops.outbox_outbox_id_seq to shelfline_app;
grant select, usage on sequence ops.partition_run_numbers to shelfline_app;
grant delete, insert, select, truncate, update on table analytics.aggregated_dates to shelfline_app;
grant select on table analytics.dim_date to bi_reader;
grant delete, insert, select, truncate, update on table analytics.dim_date to shelfline_app;
grant select on table analytics.dim_price to bi_reader;
grant delete, insert, select, truncate, update on table analytics.dim_price to shelfline_app;
grant select on table analytics.dim_product to bi_reader;
grant delete, insert, select, truncate, update on table analytics.dim_product to shelfline_app;
grant select on table analytics.dim_store to bi_reader;
grant delete, insert, select, truncate, update on table analytics.dim_store to shelfline_app;
grant select on table analytics.dim_supplier to bi_reader;
grant delete, insert, select, truncate, update on table analytics.dim_supplier to shelfline_app;
grant select on table analytics.fact_foot_traffic to bi_reader;
grant delete, insert, select, truncate, update on table analytics.fact_foot_traffic to shelfline_app;
grant select on table analytics.fact_forecast to bi_reader;
grant delete, insert, select, truncate, update on table analytics.fact_forecast to shelfline_app;
grant select on table analytics.fact_inventory to bi_reader;
grant delete, insert, select, truncate, update on table analytics.fact_inventory to shelfline_app;
grant select on table analytics.fact_purchase_order to bi_reader;
grant delete, insert, select, truncate, update on table analytics.fact_purchase_order to shelfline_app;
grant select on table analytics.fact_sales to bi_reader;
grant delete, insert, select, truncate, update on table analytics.fact_sales to shelfline_app;
grant select on table analytics.fact_stockout to bi_reader;
grant delete, insert, select, truncate, update on table analytics.fact_stockout to shelfline_app;
grant select on table analytics.sales_by_category_day to bi_reader;
grant delete, insert, select, truncate, update on table analytics.sales_by_category_day to shelfline_app;
grant select on table analytics.sales_by_store_day to bi_reader;
grant delete, insert, select, truncate, update on table analytics.sales_by_store_day to shelfline_app;
grant select on table analytics.sales_by_store_hour to bi_reader;
grant delete, insert, select, truncate, update on table analytics.sales_by_store_hour to shelfline_app;
grant select on table analytics.stock_cover to bi_reader;
grant delete, insert, select, truncate, update on table analytics.stock_cover to shelfline_app;
grant select on table bi.data_freshness to bi_reader;
grant select on table bi.data_freshness to shelfline_app;
grant select on table bi.data_quality to bi_reader;
grant select on table bi.data_quality to shelfline_app;
grant select on table bi.dead_letters to bi_reader;
grant select on table bi.dead_letters to shelfline_app;
grant select on table bi.dim_date to bi_reader;
grant select on table bi.dim_date to shelfline_app;
grant select on table bi.dim_price to bi_reader;
grant select on table bi.dim_price to shelfline_app;
grant select on table bi.dim_product to bi_reader;
grant select on table bi.dim_product to shelfline_app;
grant select on table bi.dim_store to bi_reader;
grant select on table bi.dim_store to shelfline_app;
grant select on table bi.dim_supplier to bi_reader;
grant select on table bi.dim_supplier to shelfline_app;
grant select on table bi.fact_foot_traffic to bi_reader;
grant select on table bi.fact_foot_traffic to shelfline_app;
grant select on table bi.fact_forecast to bi_reader;
grant select on table bi.fact_forecast to shelfline_app;
grant select on table bi.fact_inventory to bi_reader;
grant select on table bi.fact_inventory to shelfline_app;
grant select on table bi.fact_purchase_order to bi_reader;
grant select on table bi.fact_purchase_order to shelfline_app;
grant select on table bi.fact_sales to bi_reader;
grant select on table bi.fact_sales to shelfline_app;
grant select on table bi.fact_stockout to bi_reader;
grant select on table bi.fact_stockout to shelfline_app;
grant select on table bi.live_sales_hour to bi_reader;
grant select on table bi.live_sales_hour to shelfline_app;
grant select on table bi.live_stock to bi_reader;
grant select on table bi.live_stock to shelfline_app;
grant select on table bi.my_access to bi_reader;
grant select on table bi.my_access to shelfline_app;
grant select on table bi.pipeline_runs to bi_reader;
grant select on table bi.pipeline_runs to shelfline_app;
grant select on table bi.sales_by_category_day to bi_reader;
grant select on table bi.sales_by_category_day to shelfline_app;
grant select on table bi.sales_by_day to bi_reader;
grant select on table bi.sales_by_day to shelfline_app;
grant select on table bi.sales_by_store_day to bi_reader;
grant select on table bi.sales_by_store_day to shelfline_app;
grant select on table bi.stock_cover to bi_reader;
grant select on table bi.stock_cover to shelfline_app;
grant select on table bi.store_hour to bi_reader;
grant select on table bi.store_hour to shelfline_app;
grant select on table bi.stream_outcomes to bi_reader;
grant select on table bi.stream_outcomes to shelfline_app;
grant delete, insert, select, truncate, update on table ops.assets to shelfline_app;
grant delete, insert, select, truncate, update on table ops.backfill_cells to shelfline_app;
grant delete, insert, select, truncate, update on table ops.backfill_plans to shelfline_app;
grant delete, insert, select, truncate, update on table ops.check_failures to shelfline_app;
grant select on table ops.check_results to bi_reader;
grant delete, insert, select, truncate, update on table ops.check_results to shelfline_app;
grant delete, insert, select, truncate, update on table ops.clock to shelfline_app;
grant select (origin, topic, reason, status, created_at, updated_at) on table ops.dead_letters to bi_reader;
grant delete, insert, select, truncate, update on table ops.dead_letters to shelfline_app;
grant delete, insert, select, truncate, update on table ops.inventory_balances to shelfline_app;
grant delete, insert, select, truncate, update on table ops.outbox to shelfline_app;
grant select (asset, date, status, started_at, succeeded_at) on table ops.partition_ledger to bi_reader;
grant delete, insert, select, truncate, update on table ops.partition_ledger to shelfline_app;
grant select on table ops.partition_runs to bi_reader;
grant insert, select on table ops.partition_runs to shelfline_app;
grant delete, insert, select, truncate, update on table ops.stream_controls to shelfline_app;
grant select on table ops.stream_offsets to bi_reader;
grant delete, insert, select, truncate, update on table ops.stream_offsets to shelfline_app;
grant delete, insert, select, truncate, update on table ops.stream_watermark to shelfline_app;
grant delete, insert, select, truncate, update on table ops.window_rules to shelfline_app;
grant delete, insert, select, truncate, update on table ref.product_versions to shelfline_app;
grant delete, insert, select, truncate, update on table ref.products to shelfline_app;
grant delete, insert, select, truncate, update on table ref.shelves to shelfline_app;
grant delete, insert, select, truncate, update on table ref.stores to shelfline_app;
grant select on table ref.user_scope to bi_reader;
grant delete, insert, select, truncate, update on table ref.user_scope to shelfline_app;
grant delete, insert, select, truncate, update on table state.basket to shelfline_app;
grant delete, insert, select, truncate, update on table state.event_ids to shelfline_app;
grant delete, insert, select, truncate, update on table state.event_ids_before_2000 to shelfline_app;
grant delete, insert, select, truncate, update on table state.retention to shelfline_app;
grant delete, insert, select, truncate, update on table state.sales_day to shelfline_app;
grant select on table state.sales_hour to bi_reader;
grant delete, insert, select, truncate, update on table state.sales_hour to shelfline_app;
grant delete, insert, select, truncate, update on table state.sales_window to shelfline_app;
grant delete, insert, select, truncate, update on table state.sales_window_live to shelfline_app;
grant delete, insert, select, truncate, update on table state.shelf to shelfline_app;
grant delete, insert, select, truncate, update on table state.shelf_live to shelfline_app;
grant delete, insert, select, truncate, update on table state.shelf_lot to shelfline_app;
grant delete, insert, select, truncate, update on table state.shelf_lot_live to shelfline_app;
grant select on table state.stock to bi_reader;
grant delete, insert, select, truncate, update on table state.stock to shelfline_app;
grant delete, insert, select, truncate, update on table state.warehouse to shelfline_app;
grant delete, insert, select, truncate, update on table state.warehouse_live to shelfline_app;
grant delete, insert, select, truncate, update on table state.warehouse_lot to shelfline_app;
grant delete, insert, select, truncate, update on table state.warehouse_lot_live to shelfline_app;
grant delete, insert, select, truncate, update on table state.window_event to shelfline_app;

-- Default privileges

alter default privileges for role shelfline_migrate in schema analytics grant execute on functions to shelfline_app;
alter default privileges for role shelfline_migrate in schema analytics grant select, usage on sequences to shelfline_app;
alter default privileges for role shelfline_migrate in schema analytics grant delete, insert, select, truncate, update on tables to shelfline_app;
alter default privileges for role shelfline_migrate in schema bi grant execute on functions to shelfline_app;
alter default privileges for role shelfline_migrate in schema bi grant select on tables to bi_reader;
alter default privileges for role shelfline_migrate in schema bi grant select on tables to shelfline_app;
alter default privileges for role shelfline_migrate in schema ops grant execute on functions to shelfline_app;
alter default privileges for role shelfline_migrate in schema ops grant select, usage on sequences to shelfline_app;
alter default privileges for role shelfline_migrate in schema ops grant delete, insert, select, truncate, update on tables to shelfline_app;
alter default privileges for role shelfline_migrate in schema ref grant execute on functions to shelfline_app;
alter default privileges for role shelfline_migrate in schema ref grant select, usage on sequences to shelfline_app;
alter default privileges for role shelfline_migrate in schema ref grant delete, insert, select, truncate, update on tables to shelfline_app;
alter default privileges for role shelfline_migrate in schema state grant execute on functions to shelfline_app;
alter default privileges for role shelfline_migrate in schema state grant select, usage on sequences to shelfline_app;
alter default privileges for role shelfline_migrate in schema state grant delete, insert, select, truncate, update on tables to shelfline_app;

-- Comments

comment on schema analytics is 'The star schema''s tables. Private: read the views in bi.';
comment on schema bi is 'The public contract for Power BI and everyone else who reads.';
comment on schema ops is 'How Shelfline itself runs: ledger, stream positions, dead letters, checks.';
comment on schema ref is 'Master data: stores, products, suppliers, calendar, policies, who may see what.';
comment on schema staging is 'Tables of loads that are under way; anything here may be dropped when no load runs.';
comment on schema state is 'Live state that the streams keep.';
comment on table analytics.aggregated_dates is 'Which run of the ledger each date''s sums were made from.';
comment on column analytics.aggregated_dates.sale_date is 'The day.';
comment on column analytics.aggregated_dates.ledger_run is 'The run of fact_sales, as in ops.partition_ledger.';
comment on column analytics.aggregated_dates.has_unknown_products is 'Some lines name a product that no catalogue knew.';
comment on column analytics.aggregated_dates.aggregated_at is 'When the sums were made.';
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
comment on column analytics.dim_price.change_date is 'The store''s day of the change; the load replaces this day whole.';
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
comment on table analytics.dim_supplier is 'Suppliers as they are now; no history.';
comment on column analytics.dim_supplier.supplier_key is 'Surrogate key, analytics.dimension_key(supplier_id, 1900-01-01).';
comment on column analytics.dim_supplier.supplier_id is 'The supplier, as the sources call it.';
comment on column analytics.dim_supplier.name is 'Name for people.';
comment on column analytics.dim_supplier.country is 'Country.';
comment on column analytics.dim_supplier.lead_time_days is 'Agreed days from order to delivery.';
comment on column analytics.dim_supplier.is_unknown is 'Facts name this supplier and no catalogue does; its attributes are placeholders.';
comment on column analytics.dim_supplier.updated_at is 'When this row was last written.';
comment on table analytics.fact_foot_traffic is 'People through the doors of one store in one hour.';
comment on column analytics.fact_foot_traffic.traffic_date is 'The store''s day.';
comment on column analytics.fact_foot_traffic.store_key is 'Version of the store that held on that day.';
comment on column analytics.fact_foot_traffic.hour_of_day is 'Hour on the store''s clock, 0 to 23.';
comment on column analytics.fact_foot_traffic.entries is 'People who came in.';
comment on column analytics.fact_foot_traffic.exits is 'People who left.';
comment on column analytics.fact_foot_traffic.is_synthetic is 'Made up by a seeded rule, not counted.';
comment on column analytics.fact_foot_traffic.updated_at is 'When this row was written; one value a load.';
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
comment on table analytics.fact_stockout is 'One product that one store could not sell during part of one day. Sales on such a day are censored demand.';
comment on column analytics.fact_stockout.stockout_date is 'The store''s day.';
comment on column analytics.fact_stockout.store_key is 'Version of the store that held on that day.';
comment on column analytics.fact_stockout.product_key is 'Version of the product that held on that day.';
comment on column analytics.fact_stockout.out_of_stock_minutes is 'Minutes of the day without stock.';
comment on column analytics.fact_stockout.lost_quantity is 'Estimated units that would have sold; null where no estimate was made.';
comment on column analytics.fact_stockout.is_observed is 'The retailer recorded it; else it follows from the stock that we keep.';
comment on column analytics.fact_stockout.is_synthetic is 'Rests on stock movements that were made up by a seeded rule.';
comment on column analytics.fact_stockout.updated_at is 'When this row was written; one value a load.';
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
comment on table analytics.sales_by_store_hour is 'fact_sales summed to store × hour of the store''s clock.';
comment on column analytics.sales_by_store_hour.sale_date is 'The store''s day.';
comment on column analytics.sales_by_store_hour.store_key is 'Version of the store that held at the sale.';
comment on column analytics.sales_by_store_hour.hour_of_day is 'Hour on the store''s clock, 0 to 23.';
comment on column analytics.sales_by_store_hour.transactions is 'Baskets or invoices with a line in the hour.';
comment on column analytics.sales_by_store_hour.lines is 'Lines sold or returned.';
comment on column analytics.sales_by_store_hour.quantity is 'Units sold less units returned.';
comment on column analytics.sales_by_store_hour.net_amount is 'Revenue less what was paid back.';
comment on column analytics.sales_by_store_hour.updated_at is 'When this row was last written.';
comment on table analytics.stock_cover is 'How long the live stock lasts at the pace of the 28 days up to measured_on.';
comment on column analytics.stock_cover.store_key is 'Current version of the store.';
comment on column analytics.stock_cover.product_key is 'Current version of the product.';
comment on column analytics.stock_cover.on_hand_quantity is 'Units that should be on hand.';
comment on column analytics.stock_cover.sold_quantity is 'Units sold less units returned in the 28 days up to measured_on.';
comment on column analytics.stock_cover.daily_quantity is 'sold_quantity ÷ 28; 0 where returns outweigh sales.';
comment on column analytics.stock_cover.days_of_cover is 'on_hand_quantity ÷ daily_quantity; 0 when out of stock, null when nothing sold.';
comment on column analytics.stock_cover.measured_on is 'The last day with a sale in any store.';
comment on column analytics.stock_cover.updated_at is 'When this row was last written.';
comment on view bi.data_freshness is 'How far each table of the lake and the star schema has come.';
comment on column bi.data_freshness.asset is 'The table.';
comment on column bi.data_freshness.first_date is 'First day that can be read.';
comment on column bi.data_freshness.last_date is 'Last day that can be read.';
comment on column bi.data_freshness.dates_ready is 'Days that can be read.';
comment on column bi.data_freshness.dates_failed is 'Days whose latest run failed; an earlier good one, if any, still stands.';
comment on column bi.data_freshness.dates_running is 'Days that are being built.';
comment on column bi.data_freshness.refreshed_at is 'When a day last became ready, UTC.';
comment on column bi.data_freshness.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.data_quality is 'Every check of every run, for readers who see everything.';
comment on column bi.data_quality.run is 'Number of the run, as in pipeline_runs.';
comment on column bi.data_quality.asset is 'The table that was checked; data_quality for the hourly checks.';
comment on column bi.data_quality.business_date is 'The store''s day; null for checks over all days.';
comment on column bi.data_quality.check_name is 'The check.';
comment on column bi.data_quality.severity is 'block: a failure kept the old partition in place; warn: it was written down.';
comment on column bi.data_quality.passed is 'Whether it passed.';
comment on column bi.data_quality.finding is 'The figures that were compared, in a sentence.';
comment on column bi.data_quality.failing_rows is 'Rows that failed it.';
comment on column bi.data_quality.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.dead_letters is 'Messages set aside, counted, for readers who see everything.';
comment on column bi.dead_letters.topic is 'The Kafka topic.';
comment on column bi.dead_letters.origin is 'contract for a broken contract, else the processor that could not apply it.';
comment on column bi.dead_letters.reason is 'The reason.';
comment on column bi.dead_letters.status is 'open, replayed or discarded.';
comment on column bi.dead_letters.created_on is 'Day on which they were set aside, UTC.';
comment on column bi.dead_letters.letters is 'How many.';
comment on column bi.dead_letters.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.dim_date is 'Every day from 2009 to 2030.';
comment on column bi.dim_date.calendar_date is 'The day; facts relate to it by their date.';
comment on column bi.dim_date.date_key is 'The day as yyyymmdd.';
comment on column bi.dim_date.year is 'Calendar year.';
comment on column bi.dim_date.quarter is 'Quarter, 1 to 4.';
comment on column bi.dim_date.month is 'Month, 1 to 12.';
comment on column bi.dim_date.month_name is 'English name of the month.';
comment on column bi.dim_date.year_month is 'Month as yyyy-mm, which sorts.';
comment on column bi.dim_date.month_start is 'First day of the month.';
comment on column bi.dim_date.iso_year is 'Year that the ISO 8601 week belongs to.';
comment on column bi.dim_date.iso_week is 'ISO 8601 week, 1 to 53.';
comment on column bi.dim_date.week_start is 'Monday of the week.';
comment on column bi.dim_date.day_of_month is 'Day of the month, 1 to 31.';
comment on column bi.dim_date.day_of_year is 'Day of the year, 1 to 366.';
comment on column bi.dim_date.day_of_week is 'ISO 8601 day of the week: 1 is Monday, 7 is Sunday.';
comment on column bi.dim_date.day_name is 'English name of the day of the week.';
comment on column bi.dim_date.is_weekend is 'Saturday or Sunday.';
comment on column bi.dim_date.is_month_end is 'Last day of its month.';
comment on column bi.dim_date.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.dim_price is 'List prices with their history, per store and product. Starts at the first known price: before it there is no row.';
comment on column bi.dim_price.store_key is 'Current version of the store.';
comment on column bi.dim_price.product_key is 'Current version of the product.';
comment on column bi.dim_price.valid_from is 'The price holds from this instant on, UTC.';
comment on column bi.dim_price.valid_to is 'The price holds until before this instant, UTC; 9999-12-31 for the current one.';
comment on column bi.dim_price.is_current is 'This is the newest price.';
comment on column bi.dim_price.price is 'List price of one unit, in the store''s currency.';
comment on column bi.dim_price.reason is 'Why it changed: regular, promotion, markdown or correction.';
comment on column bi.dim_price.promotion_id is 'The promotion, when the price is part of one.';
comment on column bi.dim_price.is_synthetic is 'Made up by a seeded rule, not observed.';
comment on column bi.dim_price.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.dim_product is 'Products with their history: a new version when the name, category, department, brand or package size changes.';
comment on column bi.dim_product.product_key is 'Surrogate key of this version, analytics.dimension_key(product_id, valid_from).';
comment on column bi.dim_product.product_id is 'The product, as the sources call it.';
comment on column bi.dim_product.name is 'Name for people.';
comment on column bi.dim_product.category is 'Category during this version.';
comment on column bi.dim_product.department is 'Department during this version.';
comment on column bi.dim_product.brand is 'Brand during this version.';
comment on column bi.dim_product.package_size is 'Package size as printed.';
comment on column bi.dim_product.valid_from is 'The version holds from this instant on, UTC; 1900-01-01 for the first.';
comment on column bi.dim_product.valid_to is 'The version holds until before this instant, UTC; 9999-12-31 for the current one.';
comment on column bi.dim_product.is_current is 'This is the newest version.';
comment on column bi.dim_product.is_unknown is 'Facts name this product and no catalogue does; its attributes are placeholders.';
comment on column bi.dim_product.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.dim_store is 'Stores with their history: a new version when the name, region, country, currency or time zone changes.';
comment on column bi.dim_store.store_key is 'Surrogate key of this version, analytics.dimension_key(store_id, valid_from).';
comment on column bi.dim_store.store_id is 'The store, as the sources call it.';
comment on column bi.dim_store.name is 'Name for people.';
comment on column bi.dim_store.region is 'Region during this version. Who may see a store goes by its newest region.';
comment on column bi.dim_store.country is 'Country.';
comment on column bi.dim_store.currency is 'ISO 4217 code of the money in its facts.';
comment on column bi.dim_store.time_zone is 'IANA time zone that cuts its days.';
comment on column bi.dim_store.valid_from is 'The version holds from this instant on, UTC; 1900-01-01 for the first.';
comment on column bi.dim_store.valid_to is 'The version holds until before this instant, UTC; 9999-12-31 for the current one.';
comment on column bi.dim_store.is_current is 'This is the newest version.';
comment on column bi.dim_store.is_unknown is 'Facts name this store and no catalogue does; its attributes are placeholders.';
comment on column bi.dim_store.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.dim_supplier is 'Suppliers as they are now; no history.';
comment on column bi.dim_supplier.supplier_key is 'Surrogate key, analytics.dimension_key(supplier_id, 1900-01-01).';
comment on column bi.dim_supplier.supplier_id is 'The supplier, as the sources call it.';
comment on column bi.dim_supplier.name is 'Name for people.';
comment on column bi.dim_supplier.country is 'Country.';
comment on column bi.dim_supplier.lead_time_days is 'Agreed days from order to delivery.';
comment on column bi.dim_supplier.is_unknown is 'Facts name this supplier and no catalogue does; its attributes are placeholders.';
comment on column bi.dim_supplier.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.fact_foot_traffic is 'People through the doors of one store in one hour.';
comment on column bi.fact_foot_traffic.traffic_date is 'The store''s day.';
comment on column bi.fact_foot_traffic.store_key is 'Version of the store that held on that day.';
comment on column bi.fact_foot_traffic.hour_of_day is 'Hour on the store''s clock, 0 to 23.';
comment on column bi.fact_foot_traffic.entries is 'People who came in.';
comment on column bi.fact_foot_traffic.exits is 'People who left.';
comment on column bi.fact_foot_traffic.is_synthetic is 'Made up by a seeded rule, not counted.';
comment on column bi.fact_foot_traffic.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.fact_forecast is 'Demand for one product in one store on one day, as a model saw it on an earlier day.';
comment on column bi.fact_forecast.forecast_date is 'The day on which the forecast was made; the load replaces this day whole.';
comment on column bi.fact_forecast.target_date is 'The day that is forecast.';
comment on column bi.fact_forecast.store_key is 'Version of the store that held when the forecast was made.';
comment on column bi.fact_forecast.product_key is 'Version of the product that held when the forecast was made.';
comment on column bi.fact_forecast.model_name is 'The model.';
comment on column bi.fact_forecast.model_version is 'Its version in the registry.';
comment on column bi.fact_forecast.mean_quantity is 'Expected units.';
comment on column bi.fact_forecast.p10_quantity is 'Units that demand stays below with probability 10 %.';
comment on column bi.fact_forecast.p50_quantity is 'Units that demand stays below with probability 50 %.';
comment on column bi.fact_forecast.p90_quantity is 'Units that demand stays below with probability 90 %.';
comment on column bi.fact_forecast.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.fact_inventory is 'Stock of one product in one store over one day: opening + received − sold + adjusted = closing.';
comment on column bi.fact_inventory.inventory_date is 'The store''s day.';
comment on column bi.fact_inventory.store_key is 'Version of the store that held at the end of the day.';
comment on column bi.fact_inventory.product_key is 'Version of the product that held at the end of the day.';
comment on column bi.fact_inventory.opening_quantity is 'Units on hand when the day began.';
comment on column bi.fact_inventory.received_quantity is 'Units that came by delivery or transfer; transfers out are negative.';
comment on column bi.fact_inventory.sold_quantity is 'Units sold less units returned, from the till.';
comment on column bi.fact_inventory.adjusted_quantity is 'Units that counts, adjustments and waste added (positive) or removed (negative).';
comment on column bi.fact_inventory.closing_quantity is 'Units on hand when the day ended. Semi-additive: sum over stores and products, not over days.';
comment on column bi.fact_inventory.is_synthetic is 'Rests on stock movements that were made up by a seeded rule.';
comment on column bi.fact_inventory.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.fact_purchase_order is 'One row a line of an order to a supplier.';
comment on column bi.fact_purchase_order.order_date is 'The day of the order.';
comment on column bi.fact_purchase_order.purchase_order_id is 'The order.';
comment on column bi.fact_purchase_order.line_no is 'Position of the line in the order.';
comment on column bi.fact_purchase_order.supplier_key is 'The supplier.';
comment on column bi.fact_purchase_order.store_key is 'Version of the store or warehouse that it is for, at the order.';
comment on column bi.fact_purchase_order.product_key is 'Version of the product, at the order.';
comment on column bi.fact_purchase_order.status is 'Where the order is in its life.';
comment on column bi.fact_purchase_order.ordered_quantity is 'Units ordered.';
comment on column bi.fact_purchase_order.received_quantity is 'Units received so far, damaged ones included.';
comment on column bi.fact_purchase_order.damaged_quantity is 'Units that arrived damaged.';
comment on column bi.fact_purchase_order.unit_cost is 'Agreed price of one unit.';
comment on column bi.fact_purchase_order.expected_date is 'The day on which delivery is due.';
comment on column bi.fact_purchase_order.received_at is 'Instant of the last receipt, UTC.';
comment on column bi.fact_purchase_order.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.fact_sales is 'One row a line of a till receipt or invoice, returns included.';
comment on column bi.fact_sales.sale_date is 'The store''s day of the sale.';
comment on column bi.fact_sales.store_key is 'Version of the store that held at the sale.';
comment on column bi.fact_sales.product_key is 'Version of the product that held at the sale.';
comment on column bi.fact_sales.transaction_id is 'Basket or invoice.';
comment on column bi.fact_sales.line_no is 'Position of the line in the transaction.';
comment on column bi.fact_sales.event_id is 'The event that told of it; unique.';
comment on column bi.fact_sales.quantity is 'Units or weight sold; negative for a return.';
comment on column bi.fact_sales.unit_price is 'List price of one unit before discount.';
comment on column bi.fact_sales.discount_amount is 'Money taken off the whole line.';
comment on column bi.fact_sales.gross_amount is 'quantity × unit_price, before discount.';
comment on column bi.fact_sales.net_amount is 'What was paid for the line; negative for a return.';
comment on column bi.fact_sales.is_return is 'The line takes goods back.';
comment on column bi.fact_sales.is_promoted is 'Sold under a promotion.';
comment on column bi.fact_sales.is_synthetic is 'Holds fields that were made up by a seeded rule, not observed.';
comment on column bi.fact_sales.original_transaction_id is 'For a return: the transaction that it takes back, as the till told or as the load found.';
comment on column bi.fact_sales.original_line_no is 'For a return: the line that it takes back, where it was found.';
comment on column bi.fact_sales.original_sale_date is 'For a return: the day of the sale that it takes back, where it was found.';
comment on column bi.fact_sales.customer_id is 'Customer, when known.';
comment on column bi.fact_sales.payment_method is 'cash, card, mobile, voucher, invoice or unknown.';
comment on column bi.fact_sales.source is 'The system that sent the event.';
comment on column bi.fact_sales.sold_at is 'Instant of the sale, UTC.';
comment on column bi.fact_sales.known_at is 'Instant at which the event reached Kafka, UTC.';
comment on column bi.fact_sales.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.fact_stockout is 'One product that one store could not sell during part of one day. Sales on such a day are censored demand.';
comment on column bi.fact_stockout.stockout_date is 'The store''s day.';
comment on column bi.fact_stockout.store_key is 'Version of the store that held on that day.';
comment on column bi.fact_stockout.product_key is 'Version of the product that held on that day.';
comment on column bi.fact_stockout.out_of_stock_minutes is 'Minutes of the day without stock.';
comment on column bi.fact_stockout.lost_quantity is 'Estimated units that would have sold; null where no estimate was made.';
comment on column bi.fact_stockout.is_observed is 'The retailer recorded it; else it follows from the stock that we keep.';
comment on column bi.fact_stockout.is_synthetic is 'Rests on stock movements that were made up by a seeded rule.';
comment on column bi.fact_stockout.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.live_sales_hour is 'Sales per store and hour as the streams keep them, before any batch: for DirectQuery on today. The last weeks; history is in fact_sales.';
comment on column bi.live_sales_hour.store_key is 'Current version of the store.';
comment on column bi.live_sales_hour.sale_date is 'The store''s day.';
comment on column bi.live_sales_hour.sale_hour is 'Start of the hour on the store''s clock.';
comment on column bi.live_sales_hour.lines is 'Lines sold or returned.';
comment on column bi.live_sales_hour.quantity is 'Units sold less units returned.';
comment on column bi.live_sales_hour.net_amount is 'Revenue less what was paid back.';
comment on column bi.live_sales_hour.returned_quantity is 'Units returned.';
comment on column bi.live_sales_hour.returned_amount is 'Money paid back.';
comment on column bi.live_sales_hour.transactions is 'Baskets or invoices.';
comment on column bi.live_sales_hour.entries is 'People who came in; 0 where nobody counts.';
comment on column bi.live_sales_hour.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.live_stock is 'What should be on hand now, as the streams keep it: for DirectQuery. A pair appears after the first daily load that knows its store and product.';
comment on column bi.live_stock.store_key is 'Current version of the store.';
comment on column bi.live_stock.product_key is 'Current version of the product.';
comment on column bi.live_stock.on_hand_quantity is 'Units that should be on hand: what came, went or was counted, less what was sold.';
comment on column bi.live_stock.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.my_access is 'What the login that asks may see; empty for one that sees nothing.';
comment on column bi.my_access.user_name is 'The login.';
comment on column bi.my_access.scope is 'store, region or all.';
comment on column bi.my_access.store_id is 'The store, for scope store.';
comment on column bi.my_access.region is 'The region, for scope region.';
comment on column bi.my_access.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.pipeline_runs is 'Every run of a partition that ended, for readers who see everything.';
comment on column bi.pipeline_runs.run is 'Number of the run.';
comment on column bi.pipeline_runs.asset is 'The table.';
comment on column bi.pipeline_runs.business_date is 'The store''s day.';
comment on column bi.pipeline_runs.status is 'succeeded or failed.';
comment on column bi.pipeline_runs.reason is 'Why it ran.';
comment on column bi.pipeline_runs.error is 'Why it failed.';
comment on column bi.pipeline_runs.workflow_id is 'Temporal workflow.';
comment on column bi.pipeline_runs.temporal_run_id is 'Temporal run of that workflow.';
comment on column bi.pipeline_runs.code_version is 'Version of the code that made it.';
comment on column bi.pipeline_runs.rows is 'Rows written.';
comment on column bi.pipeline_runs.bytes is 'Bytes written.';
comment on column bi.pipeline_runs.duration_ms is 'Duration in milliseconds.';
comment on column bi.pipeline_runs.started_at is 'Start, UTC.';
comment on column bi.pipeline_runs.finished_at is 'End, UTC.';
comment on column bi.pipeline_runs.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.sales_by_category_day is 'fact_sales summed to store × category × day, by the category that held at the sale.';
comment on column bi.sales_by_category_day.sale_date is 'The store''s day.';
comment on column bi.sales_by_category_day.store_key is 'Version of the store that held at the sale.';
comment on column bi.sales_by_category_day.department is 'Department of the product at the sale; Unknown where the catalogue says none.';
comment on column bi.sales_by_category_day.category is 'Category of the product at the sale; Unknown where the catalogue says none.';
comment on column bi.sales_by_category_day.transactions is 'Baskets or invoices with a line in the category: not additive over categories.';
comment on column bi.sales_by_category_day.lines is 'Lines sold or returned.';
comment on column bi.sales_by_category_day.quantity is 'Units sold less units returned.';
comment on column bi.sales_by_category_day.gross_amount is 'quantity × list price, before discount.';
comment on column bi.sales_by_category_day.discount_amount is 'Money taken off.';
comment on column bi.sales_by_category_day.net_amount is 'Revenue less what was paid back.';
comment on column bi.sales_by_category_day.promoted_net_amount is 'Part of net_amount that was sold under a promotion.';
comment on column bi.sales_by_category_day.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.sales_by_day is 'Sales per day over all stores that the reader sees. Fresh within 15 minutes of the daily load; live_sales_hour has today.';
comment on column bi.sales_by_day.sale_date is 'The stores'' day.';
comment on column bi.sales_by_day.stores is 'Stores with a line.';
comment on column bi.sales_by_day.transactions is 'Baskets or invoices.';
comment on column bi.sales_by_day.lines is 'Lines sold or returned.';
comment on column bi.sales_by_day.quantity is 'Units sold less units returned.';
comment on column bi.sales_by_day.gross_amount is 'quantity × list price, before discount.';
comment on column bi.sales_by_day.discount_amount is 'Money taken off.';
comment on column bi.sales_by_day.net_amount is 'Revenue less what was paid back. Stores of different currencies are added as they are.';
comment on column bi.sales_by_day.promoted_net_amount is 'Part of net_amount that was sold under a promotion.';
comment on column bi.sales_by_day.return_lines is 'Lines that take goods back.';
comment on column bi.sales_by_day.returned_amount is 'Money paid back.';
comment on column bi.sales_by_day.net_amount_per_transaction is 'net_amount ÷ transactions. Over several days divide the sums; do not average this.';
comment on column bi.sales_by_day.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.sales_by_store_day is 'fact_sales summed to store × day.';
comment on column bi.sales_by_store_day.sale_date is 'The store''s day.';
comment on column bi.sales_by_store_day.store_key is 'Version of the store that held at the sale.';
comment on column bi.sales_by_store_day.transactions is 'Baskets or invoices.';
comment on column bi.sales_by_store_day.lines is 'Lines sold or returned.';
comment on column bi.sales_by_store_day.customers is 'Different customers, of those who are known.';
comment on column bi.sales_by_store_day.quantity is 'Units sold less units returned.';
comment on column bi.sales_by_store_day.gross_amount is 'quantity × list price, before discount.';
comment on column bi.sales_by_store_day.discount_amount is 'Money taken off.';
comment on column bi.sales_by_store_day.net_amount is 'Revenue less what was paid back.';
comment on column bi.sales_by_store_day.promoted_net_amount is 'Part of net_amount that was sold under a promotion.';
comment on column bi.sales_by_store_day.return_lines is 'Lines that take goods back.';
comment on column bi.sales_by_store_day.returned_quantity is 'Units returned.';
comment on column bi.sales_by_store_day.returned_amount is 'Money paid back.';
comment on column bi.sales_by_store_day.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.stock_cover is 'How long the live stock lasts at the pace of the 28 days up to measured_on.';
comment on column bi.stock_cover.store_key is 'Current version of the store.';
comment on column bi.stock_cover.product_key is 'Current version of the product.';
comment on column bi.stock_cover.on_hand_quantity is 'Units that should be on hand.';
comment on column bi.stock_cover.sold_quantity is 'Units sold less units returned in the 28 days up to measured_on.';
comment on column bi.stock_cover.daily_quantity is 'sold_quantity ÷ 28; 0 where returns outweigh sales.';
comment on column bi.stock_cover.days_of_cover is 'on_hand_quantity ÷ daily_quantity; 0 when out of stock, null when nothing sold.';
comment on column bi.stock_cover.measured_on is 'The last day with a sale in any store.';
comment on column bi.stock_cover.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.store_hour is 'Sales and people through the door per store × hour of the store''s clock. Fresh within 15 minutes of the daily load.';
comment on column bi.store_hour.business_date is 'The store''s day.';
comment on column bi.store_hour.store_key is 'Version of the store that held then.';
comment on column bi.store_hour.hour_of_day is 'Hour on the store''s clock, 0 to 23.';
comment on column bi.store_hour.transactions is 'Baskets or invoices with a line in the hour.';
comment on column bi.store_hour.lines is 'Lines sold or returned.';
comment on column bi.store_hour.quantity is 'Units sold less units returned.';
comment on column bi.store_hour.net_amount is 'Revenue less what was paid back.';
comment on column bi.store_hour.entries is 'People who came in; null where nobody counted.';
comment on column bi.store_hour.exits is 'People who left; null where nobody counted.';
comment on column bi.store_hour.conversion_rate is 'transactions ÷ entries. Over several hours divide the sums; do not average this.';
comment on column bi.store_hour.is_traffic_synthetic is 'The traffic was made up by a seeded rule, not counted.';
comment on column bi.store_hour.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.stream_outcomes is 'What became of every message, per processor and partition, for readers who see everything: applied + duplicate + late + dead = consumed.';
comment on column bi.stream_outcomes.processor is 'The stream processor.';
comment on column bi.stream_outcomes.topic is 'The Kafka topic.';
comment on column bi.stream_outcomes.partition is 'Its partition.';
comment on column bi.stream_outcomes.next_offset is 'The next offset to read.';
comment on column bi.stream_outcomes.consumed is 'Messages read.';
comment on column bi.stream_outcomes.applied is 'Messages that took effect.';
comment on column bi.stream_outcomes.duplicate is 'Copies of events that had been applied.';
comment on column bi.stream_outcomes.late is 'Messages that took effect after their day had been built; the day is rebuilt.';
comment on column bi.stream_outcomes.dead is 'Messages set aside with a reason.';
comment on column bi.stream_outcomes.lost is 'Offsets that Kafka deleted before they were read, after a person accepted the loss.';
comment on column bi.stream_outcomes.problem is 'Why the partition stands still; null when it does not.';
comment on column bi.stream_outcomes.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on table ops.assets is 'The assets that the batch workers know, as the worker that started last told them.';
comment on table ops.backfill_cells is 'The partitions that a plan builds, and no others.';
comment on column ops.backfill_cells.cause is 'For input_changed: the upstream asset that changed or is rebuilt by the same plan. For late_data: the raw table.';
comment on column ops.backfill_cells.ledger_run is 'The run that stood in the ledger when the plan was made; null when there was none.';
comment on column ops.backfill_cells.run is 'The run that finished the cell.';
comment on table ops.backfill_plans is 'What was asked for, and how far it came.';
comment on table ops.check_failures is 'Rows that failed a check: at most 100 for each check of a run.';
comment on table ops.check_results is 'Every check of every run; asset data_quality for the hourly checks, which have no partition.';
comment on table ops.clock is 'The clock of the simulation that runs, at most one row; no row: the real clock holds.';
comment on column ops.clock.simulated_now is 'What time it is in the simulated world; whoever drives the simulation moves it on.';
comment on column ops.clock.speed is 'Simulated seconds per real second, as asked for.';
comment on column ops.clock.run_id is 'The run of the simulation.';
comment on column ops.clock.seed is 'What the run was made from: the same seed gives the same events.';
comment on table ops.dead_letters is 'Every message that broke its contract or that the database refused, with the reason.';
comment on column ops.dead_letters.origin is '`contract` for a broken contract, whoever saw it first; else the processor that could not apply it.';
comment on column ops.dead_letters.known_at is 'When the message reached Kafka.';
comment on column ops.dead_letters.attempts is 'How often it failed: once, and once more for each replay that came back.';
comment on column ops.dead_letters.relayed_attempts is 'The attempt that was last sent to the dead letter topic; behind `attempts` while one is to be sent.';
comment on table ops.inventory_balances is 'Sum of the movements of all days in analytics.fact_inventory, per store and product: where the next day opens (decision 0021).';
comment on column ops.inventory_balances.store_key is 'Key of the store''s first version, whichever holds now.';
comment on column ops.inventory_balances.product_key is 'Key of the product''s first version, whichever holds now.';
comment on column ops.inventory_balances.last_date is 'No day after this one holds a movement.';
comment on table ops.outbox is 'Messages to Kafka, written in the transaction of what they tell. The stream worker sends them in order and deletes what was sent: at least once.';
comment on column ops.outbox.topic is 'Name of the topic in the catalogue, without a suffix.';
comment on column ops.outbox.key is 'The message key.';
comment on column ops.outbox.payload is 'The message, JSON.';
comment on column ops.outbox.emitted_at is 'The message''s timestamp in Kafka, its known_at: simulated when a simulation runs.';
comment on table ops.partition_ledger is 'One row a partition. status to lease_until tell of the latest run; inputs to succeeded_at tell of the partition that can be read, which is the latest run that succeeded, and are null until there is one.';
comment on column ops.partition_ledger.date is 'The store''s day.';
comment on column ops.partition_ledger.run is 'Number of the latest run, and the fence: an older run may not swap.';
comment on column ops.partition_ledger.workflow_id is 'Temporal workflow of the latest run.';
comment on column ops.partition_ledger.run_id is 'Temporal run of that workflow.';
comment on column ops.partition_ledger.reason is 'Why the latest run ran: scheduled, requested, missing, failed, late_data, code_changed, input_changed, forced.';
comment on column ops.partition_ledger.lease_until is 'A running run renews this; when it has passed, another workflow may take over.';
comment on column ops.partition_ledger.inputs is 'By input: the version of a lake table, or the newest change of a PostgreSQL table.';
comment on column ops.partition_ledger.inputs_at is 'When the inputs were pinned; an upstream that succeeded later is not in this partition.';
comment on column ops.partition_ledger.output_version is 'Version of the lake table that holds this partition; null for PostgreSQL tables.';
comment on table ops.partition_runs is 'Every run of a partition that ended. Append-only.';
comment on table ops.stream_controls is 'What `shelfline streams pause` and `resume` asked for; running workers follow within a second or two.';
comment on table ops.stream_offsets is 'The next offset that a processor will read from a partition, and the outcomes of all it has read. It is advanced by compare-and-swap in the transaction that holds the effects.';
comment on column ops.stream_offsets."position" is 'The next offset to read. Offsets have gaps: it is not a count of messages.';
comment on column ops.stream_offsets.late is 'Applied, but the day was already materialised: its partitions must be rebuilt.';
comment on column ops.stream_offsets.lost is 'Offsets that Kafka deleted before they were read, after a person accepted the loss.';
comment on column ops.stream_offsets.problem is 'Why the partition stands still until a person decides; null when it does not.';
comment on table ops.stream_watermark is 'How far each partition is in event time: nothing older is expected from it. Advanced in the transaction of the batch.';
comment on column ops.stream_watermark.watermark is 'The newest event_at that was seen, less the allowed lateness; it never goes back.';
comment on column ops.stream_watermark.active_at is 'When the newest message that was read reached Kafka.';
comment on table ops.window_rules is 'How windows close and how long live sales are kept: one row, changed with `update`. Here and not in the environment, because all workers must agree.';
comment on column ops.window_rules.allowed_lateness is 'A window is closed when an event this much younger than its end was seen.';
comment on column ops.window_rules.idle_after is 'A partition that has been silent for this long moves on by the clock.';
comment on column ops.window_rules.window_days is 'Days that five-minute windows are kept behind the watermark; for so long a late event corrects its windows.';
comment on column ops.window_rules.hour_days is 'Days that hourly windows are kept.';
comment on column ops.window_rules.line_days is 'Days that enriched sale lines, and the prices and movements beside them, are kept.';
comment on column ops.window_rules.order_days is 'Days that a finished online order is kept.';
comment on table ref.product_versions is 'Every version of a product that differed from the one before; dim_product is made from it.';
comment on table ref.products is 'Products; the newest record of product_catalog.';
comment on table ref.shelves is 'The home shelf of each product in each store; the newest record of shelf_profiles.';
comment on column ref.shelves.capacity is 'Units that the shelf holds.';
comment on column ref.shelves.unit_weight is 'Kilograms of one unit; null where nothing weighs.';
comment on column ref.shelves.warehouse_id is 'The warehouse that refills it.';
comment on column ref.shelves.recorded_at is 'When the record holds from; a newer one replaces it.';
comment on table ref.stores is 'Stores; the newest record of store_catalog.';
comment on table ref.user_scope is 'Which stores a login may see; several rows add up.';
comment on column ref.user_scope.user_name is 'The PostgreSQL login.';
comment on column ref.user_scope.scope is 'store: one store; region: every store whose newest region it is; all: everything.';
comment on column ref.user_scope.store_id is 'The store, for scope store.';
comment on column ref.user_scope.region is 'The region, for scope region.';
comment on column ref.user_scope.granted_at is 'When it was granted.';
comment on table state.basket is 'What a customer picked up and paid of a product on a day. A day''s visits of one customer are one; a visit over midnight is two. Kept until state.forget_baskets.';
comment on column state.basket.visit_date is 'The store''s day.';
comment on column state.basket.customer_id is 'The customer; empty for all those who are not known, together.';
comment on column state.basket.picked is 'Units picked up less units put back.';
comment on column state.basket.sold is 'Units paid for; returns are not taken off, they do not come back to the shelf.';
comment on column state.basket.unpicked is 'Units paid for that nobody was seen picking up.';
comment on column state.basket.last_pick_at is 'The last pickup (event time).';
comment on column state.basket.last_event_at is 'The last pickup, putback or sale (event time).';
comment on column state.basket.taken_at is 'When what is picked and not paid counts as taken, no longer held; a job sets it, a later pickup clears it.';
comment on column state.basket.lost is 'Units that were picked and not paid within the visit: shrinkage. A job sets it; any later news of the basket clears it for the job to decide anew.';
comment on column state.basket.lost_at is 'When the job decided about lost; null while the visit is open.';
comment on table state.event_ids is 'Events that were applied, by the store''s day and a hash of topic and event id.';
comment on table state.retention is 'Up to which day live state was forgotten; what is older is not held against the raw lake.';
comment on column state.retention.forgotten_before is 'The first day that is kept.';
comment on table state.sales_day is 'Sales per store, product and the store''s day. Units and revenue are net of returns.';
comment on table state.sales_hour is 'Sales and foot traffic in windows of an hour.';
comment on column state.sales_hour.product_id is 'The product; empty for the store as a whole.';
comment on column state.sales_hour.window_start is 'Where the window begins; it is cut on the store''s clock.';
comment on column state.sales_hour.local_start is 'The same on the store''s clock.';
comment on column state.sales_hour.units is 'Units sold less units returned.';
comment on column state.sales_hour.revenue is 'Money paid less money paid back.';
comment on column state.sales_hour.returned_units is 'Units returned.';
comment on column state.sales_hour.returned_revenue is 'Money paid back.';
comment on column state.sales_hour.lines is 'Lines sold or returned.';
comment on column state.sales_hour.transactions is 'Different transactions with a line in the window.';
comment on column state.sales_hour.entries is 'People who came in, by intervals that begin in the window; only for the store as a whole.';
comment on column state.sales_hour.exits is 'People who left.';
comment on table state.sales_window is 'Sales and foot traffic in windows of five minutes. Kept for some days: state.sales_hour is there for longer.';
comment on column state.sales_window.product_id is 'The product; empty for the store as a whole.';
comment on column state.sales_window.window_start is 'Where the window begins; it is cut on the store''s clock.';
comment on column state.sales_window.local_start is 'The same on the store''s clock.';
comment on column state.sales_window.units is 'Units sold less units returned.';
comment on column state.sales_window.revenue is 'Money paid less money paid back.';
comment on column state.sales_window.returned_units is 'Units returned.';
comment on column state.sales_window.returned_revenue is 'Money paid back.';
comment on column state.sales_window.lines is 'Lines sold or returned.';
comment on column state.sales_window.transaction_keys is 'Hashes of the transactions, so that each counts once: a handful a window, gone with the window.';
comment on column state.sales_window.transactions is 'Different transactions with a line in the window.';
comment on column state.sales_window.entries is 'People who came in, by intervals that begin in the window; only for the store as a whole.';
comment on column state.sales_window.exits is 'People who left.';
comment on view state.sales_window_live is 'The windows of both sizes, with what follows from their sums.';
comment on column state.sales_window_live.window_minutes is '5 or 60.';
comment on column state.sales_window_live.product_id is 'The product; null for the store as a whole.';
comment on column state.sales_window_live.units_per_hour is 'Velocity: units per hour, as if the window were full. Of an open window it is what it is so far.';
comment on column state.sales_window_live.conversion is 'Transactions per person who came in; null where nobody was counted.';
comment on column state.sales_window_live.is_closed is 'Whether all that was to be expected is in: what still comes is late, and corrects the window.';
comment on table state.shelf is 'Each shelf as sums of what happened at it. A profile makes its shelf''s row, so that an empty shelf is one.';
comment on column state.shelf.refilled is 'Units that staff put on.';
comment on column state.shelf.removed is 'Units that staff took off: expired, damaged.';
comment on column state.shelf.corrected is 'Sum of the corrections of counts.';
comment on column state.shelf.picked is 'Units that customers picked up, less those that they put back.';
comment on column state.shelf.unpicked_sales is 'Units sold that nobody was seen picking up: over all baskets the part of the sale that exceeds the pickups.';
comment on column state.shelf.available is 'Units on the shelf, not in anybody''s hands.';
comment on column state.shelf.last_weight is 'Kilograms on the shelf at last_weight_at.';
comment on column state.shelf.last_weight_at is 'When the shelf was last weighed (event time, as all of these).';
comment on column state.shelf.last_refill_at is 'When staff last put goods on it.';
comment on column state.shelf.last_pick_at is 'When a customer last picked from it.';
comment on column state.shelf.last_sale_at is 'When it was last sold from.';
comment on view state.shelf_live is 'Every shelf as it is now.';
comment on column state.shelf_live.shelf_id is 'The home shelf; null for a product without a profile in this store.';
comment on column state.shelf_live.available is 'Units on the shelf, not in anybody''s hands.';
comment on column state.shelf_live.held is 'Units picked up a moment ago, that may come back.';
comment on column state.shelf_live.on_shelf is 'available + held.';
comment on column state.shelf_live.fill_ratio is 'on_shelf ÷ capacity; null without a capacity.';
comment on column state.shelf_live.weighed_units is 'Units by the last weight: last_weight ÷ the weight of a unit.';
comment on table state.shelf_lot is 'Lots that staff put on shelves and took off; what customers took is in nobody''s lot, see shelf_lot_live.';
comment on column state.shelf_lot.batch_id is 'The lot; empty where staff did not say.';
comment on column state.shelf_lot.expires_on is 'The earliest expiry date that was told for the lot.';
comment on column state.shelf_lot.received_on is 'The day on which it was first put on the shelf.';
comment on column state.shelf_lot.last_event_on is 'The last day on which staff did something with it.';
comment on view state.shelf_lot_live is 'What is on the shelf of each lot: customers are taken to buy what expires first.';
comment on column state.shelf_lot_live.on_hand is 'Units of the lot on the shelf.';
comment on table state.stock is 'What should be on hand: all that came, went or was counted, less what was sold.';
comment on table state.warehouse is 'What each warehouse has of each product.';
comment on column state.warehouse.received is 'Units that came in, for whatever reason.';
comment on column state.warehouse.shipped is 'Units that went out, for whatever reason.';
comment on column state.warehouse.on_hand is 'Units in the warehouse.';
comment on view state.warehouse_live is 'Every product of every warehouse as it is now.';
comment on column state.warehouse_live.lots is 'Lots of which something is there.';
comment on column state.warehouse_live.next_expires_on is 'The first expiry date among them.';
comment on table state.warehouse_lot is 'What each warehouse has of each lot, as far as its events name the lot.';
comment on column state.warehouse_lot.batch_id is 'The lot; empty where the event did not say: then on_hand may be negative, see warehouse_lot_live.';
comment on column state.warehouse_lot.on_hand is 'Units of the lot in the warehouse.';
comment on column state.warehouse_lot.expires_on is 'The earliest expiry date that was told for the lot.';
comment on column state.warehouse_lot.received_on is 'The day on which it first came in.';
comment on column state.warehouse_lot.last_event_on is 'The last day on which it moved.';
comment on view state.warehouse_lot_live is 'What a warehouse has of each lot; what left without a lot is taken from what expires first.';
comment on column state.warehouse_lot_live.on_hand is 'Units of the lot in the warehouse.';
comment on table state.window_event is 'The events that the windows are made from, so that a second copy is a duplicate. As long as five-minute windows are kept.';
comment on column state.window_event.event_day is 'The UTC day on which the event''s hour began.';
comment on function analytics.aggregate_date(business_date date) is 'Replaces one date of the sales sums; returns the rows written.';
comment on function analytics.dates_to_aggregate() is 'Dates whose sums are missing or older than fact_sales, with the ledger''s run.';
comment on function analytics.dimension_key(natural_key text, valid_from timestamp with time zone) is 'Surrogate key of a version: 52 bits of an MD5 over the natural key, "@" and valid_from in whole seconds since 1970, so that JavaScript and DAX hold it exactly.';
comment on function analytics.ensure_partitions(first_date date, last_date date) is 'Makes the monthly partitions that hold the dates of a range, both ends included, in every fact; returns how many were made. May run again, and twice at once.';
comment on function analytics.fill_dim_date(first_date date, last_date date) is 'Adds the days of a range, both ends included, that the calendar lacks.';
comment on function analytics.refresh_bi() is 'Brings the sums behind bi up to date: the dates of fact_sales that changed, and the stock cover. May run at any time, again, and twice at once.';
comment on function analytics.refresh_stock_cover() is 'Brings stock_cover up to the live stock; returns the rows that changed.';
comment on function analytics.visible_store_keys() is 'Keys of every version of the stores that the login may see.';
comment on function ops.emit(topic text, key text, payload jsonb) is 'Sends a message to Kafka if and when this transaction commits.';
comment on function ops.low_watermark(of_processor text, as_of timestamp with time zone, of_topic text) is 'The lowest watermark of a processor''s partitions, of one topic or of all. A partition that has been silent moves on at the pace of the clock; one that was never heard of is left out. Null when none was.';
comment on function ops.now() is 'What time it is for the business: the simulated clock when a simulation runs, else the real one.';
comment on function ops.prune_windows(as_of timestamp with time zone, row_limit integer) is 'Forgets windows that are older than ops.window_rules keeps them, counted from the watermark, never from the clock alone; at most row_limit days of a table.';
comment on function ref.has_scope() is 'Whether the login may see anything at all.';
comment on function ref.sees_everything() is 'Whether the login may see every store and how Shelfline itself runs.';
comment on function ref.visible_store_ids() is 'Stores that the login may see by a store or a region; not by scope all.';
comment on function state.drop_days(parent text, before date, days_max integer) is 'Forgets the days before the given one: drops so many partitions at most, the oldest first, and returns how many.';
comment on function state.ensure_days(parents text[], dates date[]) is 'Makes the daily partitions that events of the given stores'' days need, except of days that were forgotten, and keeps them from being dropped until the transaction ends.';
comment on function state.ensure_event_id_months(dates date[]) is 'Makes the monthly partitions of state.event_ids that the given days need.';
comment on function state.event_key(topic text, event_id text) is 'The key under which an event is remembered.';
comment on function state.forget_baskets(before date, rows_max integer) is 'Deletes baskets of days before the given one, so many at most, and returns how many. Their sales stay in the shelves'' sums; an event of such a day that comes later counts as a basket of its own.';
comment on function state.forget_lots(before date, rows_max integer) is 'Deletes lots that are used up and did not move since the given day, so many of shelves and of warehouses at most, and returns how many.';
