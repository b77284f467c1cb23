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

create table analytics.fact_anomaly (
  anomaly_date date not null,
  store_key bigint not null,
  product_key bigint not null,
  score double precision not null,
  reason text not null,
  reasons jsonb not null,
  sold_quantity numeric(18,6) not null,
  usual_quantity numeric(18,6) not null,
  model_version integer not null,
  updated_at timestamp with time zone default now() not null,
  constraint fact_anomaly_score_check CHECK (score >= 0::double precision AND score <= 1::double precision)
) partition by RANGE (anomaly_date);

create table analytics.fact_cross_sell (
  listed_on date not null,
  product_key bigint not null,
  place integer not null,
  other_product_key bigint not null,
  similarity double precision not null,
  baskets bigint not null,
  baskets_together bigint not null,
  lift double precision,
  model_version integer not null,
  updated_at timestamp with time zone default now() not null,
  constraint fact_cross_sell_place_check CHECK (place > 0)
) partition by RANGE (listed_on);

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
  proposed_quantity numeric(18,6),
  cancelled_quantity numeric(18,6) default 0 not null,
  sent_at timestamp with time zone,
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

create table analytics.fact_slow_mover (
  measured_on date not null,
  store_key bigint not null,
  product_key bigint not null,
  probability double precision not null,
  horizon_days integer not null,
  days_since_sale integer not null,
  aging text not null,
  on_hand_quantity numeric(18,6),
  unit_value numeric(18,6),
  valued_at text,
  tied_up_amount numeric(24,6),
  model_version integer not null,
  updated_at timestamp with time zone default now() not null,
  constraint fact_slow_mover_probability_check CHECK (probability >= 0::double precision AND probability <= 1::double precision),
  constraint fact_slow_mover_valued_at_check CHECK (valued_at = ANY (ARRAY['cost'::text, 'price'::text]))
) partition by RANGE (measured_on);

create table analytics.fact_stock_target (
  measured_on date not null,
  store_key bigint not null,
  product_key bigint not null,
  service_level double precision not null,
  protection_days integer not null,
  daily_quantity numeric(18,6) not null,
  demand_quantity numeric(18,6) not null,
  target_quantity numeric(18,6) not null,
  rule text not null,
  days_of_cover double precision,
  on_hand_quantity numeric(18,6),
  on_hand_days_of_cover double precision,
  model_version integer not null,
  updated_at timestamp with time zone default now() not null,
  constraint fact_stock_target_rule_check CHECK (rule = ANY (ARRAY['demand'::text, 'presentation'::text, 'shelf_life'::text, 'capacity'::text]))
) partition by RANGE (measured_on);

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

create table analytics.forecast_accuracy (
  target_date date not null,
  store_key bigint not null,
  category text not null,
  horizon_days smallint not null,
  model_name text not null,
  model_version integer not null,
  forecasts bigint not null,
  actual_quantity numeric not null,
  forecast_quantity numeric not null,
  absolute_error numeric not null,
  intervals bigint not null,
  pinball_loss numeric not null,
  covered_80 bigint not null,
  covered_90 bigint not null,
  updated_at timestamp with time zone default now() not null,
  constraint forecast_accuracy_pkey PRIMARY KEY (target_date, store_key, category, horizon_days, model_name, model_version)
);

create table analytics.order_edit (
  order_date date not null,
  purchase_order_id text not null,
  line_no integer not null,
  supplier_key bigint not null,
  store_key bigint not null,
  product_key bigint not null,
  edited_by text not null,
  reason_code text,
  proposed_quantity numeric(18,6) not null,
  ordered_quantity numeric(18,6) not null,
  unit_cost numeric(18,6) not null,
  cover_days integer not null,
  position_quantity numeric(18,6) not null,
  forecast_quantity numeric(18,6),
  demand_quantity numeric(18,6) not null,
  updated_at timestamp with time zone default now() not null,
  constraint order_edit_pkey PRIMARY KEY (order_date, purchase_order_id, line_no)
);

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

create table analytics.supplier_performance (
  supplier_key bigint not null,
  store_key bigint not null,
  lines bigint not null,
  settled_lines bigint not null,
  fill numeric(6,4),
  damaged numeric(6,4),
  deliveries bigint not null,
  on_time numeric(6,4),
  lead_time_mean_days numeric(9,3),
  lead_time_p10_days numeric(9,3),
  lead_time_p50_days numeric(9,3),
  lead_time_p90_days numeric(9,3),
  lead_time_deviation_days numeric(9,3),
  updated_at timestamp with time zone default now() not null,
  constraint supplier_performance_pkey PRIMARY KEY (supplier_key, store_key)
);

create table ops.accepted_losses (
  loss_id bigint generated always as identity not null,
  processor text not null,
  topic text not null,
  partition integer not null,
  from_offset bigint not null,
  to_offset bigint not null,
  problem text not null,
  accepted_by text not null,
  why text not null,
  accepted_at timestamp with time zone default now() not null,
  constraint a_loss_is_not_empty CHECK (from_offset < to_offset),
  constraint accepted_losses_pkey PRIMARY KEY (loss_id)
);

create table ops.activity_retry (
  workflow_id text collate "C" not null,
  run_id text not null,
  activity_id text not null,
  activity text not null,
  attempts integer not null,
  first_failed_at timestamp with time zone default clock_timestamp() not null,
  last_failed_at timestamp with time zone default clock_timestamp() not null,
  last_error text not null,
  next_try_at timestamp with time zone not null,
  constraint activity_retry_attempts_check CHECK (attempts > 0),
  constraint activity_retry_pkey PRIMARY KEY (workflow_id, run_id, activity_id)
);

create table ops.alert (
  alert_id bigint generated always as identity not null,
  dedup_key text not null,
  alert_type text not null,
  store_id text collate "C" not null,
  product_id text collate "C",
  severity text not null,
  impact numeric(18,2),
  message text not null,
  evidence jsonb not null,
  recommended_quantity numeric,
  members integer default 1 not null,
  first_seen timestamp with time zone not null,
  last_seen timestamp with time zone not null,
  status text default 'open'::text not null,
  status_by text,
  status_why text,
  snoozed_until timestamp with time zone,
  resolved_at timestamp with time zone,
  updated_at timestamp with time zone default now() not null,
  constraint alert_alert_type_fkey FOREIGN KEY (alert_type) REFERENCES ops.alert_rule(alert_type),
  constraint alert_check CHECK ((status = 'resolved'::text) = (resolved_at IS NOT NULL)),
  constraint alert_check1 CHECK ((status = 'snoozed'::text) = (snoozed_until IS NOT NULL)),
  constraint alert_pkey PRIMARY KEY (alert_id),
  constraint alert_severity_check CHECK (severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text])),
  constraint alert_status_check CHECK (status = ANY (ARRAY['open'::text, 'acknowledged'::text, 'snoozed'::text, 'resolved'::text]))
) with (fillfactor=70);

create table ops.alert_action (
  action_id bigint generated always as identity not null,
  alert_id bigint not null,
  action text not null,
  acted_by text not null,
  why text not null,
  until timestamp with time zone,
  acted_at timestamp with time zone not null,
  constraint alert_action_action_check CHECK (action = ANY (ARRAY['acknowledged'::text, 'snoozed'::text, 'resolved'::text])),
  constraint alert_action_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES ops.alert(alert_id) ON DELETE CASCADE,
  constraint alert_action_pkey PRIMARY KEY (action_id)
);

create table ops.alert_rule (
  alert_type text not null,
  "position" integer not null,
  topic text not null,
  every interval default '00:01:00'::interval not null,
  resolve_after interval not null,
  group_from integer,
  meaning text not null,
  last_as_of timestamp with time zone,
  last_ms numeric,
  last_causes bigint,
  last_error text,
  constraint alert_rule_group_from_check CHECK (group_from > 1),
  constraint alert_rule_pkey PRIMARY KEY (alert_type),
  constraint alert_rule_position_key UNIQUE ("position"),
  constraint alert_rule_topic_check CHECK (topic = ANY (ARRAY['alerts'::text, 'restock_alerts'::text]))
);

create table ops.anomaly (
  sale_date date not null,
  event_key uuid not null,
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  sold_at timestamp with time zone not null,
  transaction_id text not null,
  line_no integer not null,
  quantity numeric not null,
  unit_price numeric not null,
  amount numeric not null,
  score double precision not null,
  reason text not null,
  reasons jsonb not null,
  model_version integer not null,
  found_at timestamp with time zone default now() not null,
  constraint anomaly_pkey PRIMARY KEY (sale_date, event_key),
  constraint anomaly_score_check CHECK (score >= 0::double precision AND score <= 1::double precision)
);

create table ops.anomaly_scorer (
  is_only boolean default true not null,
  model_version integer,
  loaded_at timestamp with time zone,
  problem text,
  updated_at timestamp with time zone default now() not null,
  constraint anomaly_scorer_is_only_check CHECK (is_only),
  constraint anomaly_scorer_pkey PRIMARY KEY (is_only)
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
  places_ahead text[] default '{}'::text[] not null,
  constraint clock_is_only_check CHECK (is_only),
  constraint clock_pkey PRIMARY KEY (is_only),
  constraint clock_speed_check CHECK (speed > 0::numeric)
);

create table ops.cycle_count (
  task_id bigint generated always as identity not null,
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  shelf_id text,
  expected numeric not null,
  corrected_before numeric not null,
  reason text not null,
  opened_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  outcome text,
  constraint cycle_count_outcome_check CHECK (outcome = ANY (ARRAY['counted'::text, 'no longer needed'::text])),
  constraint cycle_count_pkey PRIMARY KEY (task_id)
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
  payload_bytes bigint,
  payload_sha256 text,
  is_cut boolean default false not null,
  read_partition integer not null,
  read_offset bigint not null,
  constraint dead_letters_attempts_check CHECK (attempts > 0),
  constraint dead_letters_origin_topic_partition_offset_key UNIQUE (origin, topic, partition, "offset"),
  constraint dead_letters_pkey PRIMARY KEY (letter_id),
  constraint dead_letters_status_check CHECK (status = ANY (ARRAY['open'::text, 'replayed'::text, 'discarded'::text]))
);

create table ops.discount (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  batch_id text collate "C" not null,
  discount_date date not null,
  expires_on date not null,
  percent numeric not null,
  on_hand numeric not null,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  constraint discount_pkey PRIMARY KEY (store_id, product_id, batch_id, discount_date)
);

create table ops.dropped_partitions (
  run bigint not null,
  asset text not null,
  date date not null,
  rows bigint,
  bytes bigint,
  succeeded_run bigint,
  dropped_by text not null,
  why text not null,
  dropped_at timestamp with time zone default now() not null,
  constraint dropped_partitions_pkey PRIMARY KEY (run)
);

create table ops.forecast_dependence (
  measured_on date not null,
  forecast_date date not null,
  errors bigint not null,
  squares numeric not null,
  day_pairs bigint not null,
  day_products numeric not null,
  store_pairs bigint not null,
  store_products numeric not null,
  updated_at timestamp with time zone default now() not null,
  constraint forecast_dependence_errors_check CHECK (errors > 0),
  constraint forecast_dependence_pkey PRIMARY KEY (measured_on)
);

create table ops.goods_receipt (
  receipt_no bigint generated always as identity not null,
  event_id text not null,
  purchase_order_id text collate "C" not null,
  line_no integer,
  shipment_id text not null,
  supplier_id text collate "C" not null,
  location_id text collate "C" not null,
  product_id text collate "C" not null,
  status text not null,
  quantity numeric not null,
  damaged_quantity numeric default 0 not null,
  batch_id text,
  expires_on date,
  happened_at timestamp with time zone not null,
  happened_on date not null,
  stock_event_id text,
  recorded_at timestamp with time zone not null,
  told_at timestamp with time zone,
  constraint goods_receipt_event_id_key UNIQUE (event_id),
  constraint goods_receipt_pkey PRIMARY KEY (receipt_no),
  constraint goods_receipt_purchase_order_id_fkey FOREIGN KEY (purchase_order_id) REFERENCES ops.purchase_order(purchase_order_id),
  constraint goods_receipt_quantity_check CHECK (quantity >= 0::numeric),
  constraint goods_receipt_status_check CHECK (status = ANY (ARRAY['announced'::text, 'shipped'::text, 'delivered'::text, 'cancelled'::text])),
  constraint no_more_is_damaged_than_came CHECK (damaged_quantity >= 0::numeric AND damaged_quantity <= quantity)
);

create table ops.incident (
  incident_id bigint generated always as identity not null,
  store_id text collate "C",
  starts_at timestamp with time zone not null,
  ends_at timestamp with time zone not null,
  why text not null,
  tagged_by text not null,
  tagged_at timestamp with time zone default now() not null,
  constraint incident_check CHECK (starts_at < ends_at),
  constraint incident_pkey PRIMARY KEY (incident_id)
);

create table ops.inventory_balances (
  store_key bigint not null,
  product_key bigint not null,
  quantity numeric(18,6) not null,
  last_date date not null,
  constraint inventory_balances_pkey PRIMARY KEY (store_key, product_key)
) with (fillfactor=70);

create table ops.markdown (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  regular_price numeric not null,
  price numeric not null,
  percent numeric not null,
  changed_at timestamp with time zone not null,
  constraint markdown_pkey PRIMARY KEY (store_id, product_id)
);

create table ops.minute_job (
  job text not null,
  "position" integer not null,
  every interval default '00:01:00'::interval not null,
  last_as_of timestamp with time zone,
  last_changed bigint,
  last_ms numeric,
  last_finished_at timestamp with time zone,
  last_error text,
  last_failed_at timestamp with time zone,
  failures bigint default 0 not null,
  constraint minute_job_pkey PRIMARY KEY (job),
  constraint minute_job_position_key UNIQUE ("position")
);

create table ops.model_alias_log (
  change bigint generated always as identity not null,
  model_name text not null,
  alias text not null,
  version integer not null,
  changed_at timestamp with time zone default now() not null,
  changed_by text not null,
  reason text not null,
  constraint model_alias_log_alias_check CHECK (alias = 'champion'::text),
  constraint model_alias_log_model_name_version_fkey FOREIGN KEY (model_name, version) REFERENCES ops.model_version(model_name, version),
  constraint model_alias_log_pkey PRIMARY KEY (change)
);

create table ops.model_drift (
  drift_date date not null,
  model_name text not null,
  kind text not null,
  subject text not null,
  store_id text collate "C" not null,
  model_version integer not null,
  value double precision not null,
  threshold double precision not null,
  size_trained bigint not null,
  size_now bigint not null,
  is_drifted boolean not null,
  message text not null,
  measured_at timestamp with time zone default now() not null,
  constraint model_drift_kind_check CHECK (kind = ANY (ARRAY['feature'::text, 'error'::text, 'gap'::text])),
  constraint model_drift_model_name_model_version_fkey FOREIGN KEY (model_name, model_version) REFERENCES ops.model_version(model_name, version),
  constraint model_drift_pkey PRIMARY KEY (drift_date, model_name, kind, subject, store_id)
);

create table ops.model_metric (
  model_name text not null,
  version integer not null,
  candidate text not null,
  segment text not null,
  horizon text not null,
  metric text not null,
  value double precision not null,
  rows bigint not null,
  constraint model_metric_model_name_version_fkey FOREIGN KEY (model_name, version) REFERENCES ops.model_version(model_name, version),
  constraint model_metric_pkey PRIMARY KEY (model_name, version, candidate, segment, horizon, metric)
);

create table ops.model_version (
  model_name text not null,
  version integer not null,
  created_at timestamp with time zone default now() not null,
  trained_from date not null,
  trained_through date not null,
  artefact text not null,
  code_version text not null,
  seed integer not null,
  parameters jsonb not null,
  inputs jsonb not null,
  training_rows bigint not null,
  duration_ms bigint not null,
  workflow_id text not null,
  decision text not null,
  constraint model_version_pkey PRIMARY KEY (model_name, version),
  constraint model_version_version_check CHECK (version > 0)
);

create table ops.notification (
  notification_id uuid default gen_random_uuid() not null,
  route_id text not null,
  kind text not null,
  content jsonb not null,
  status text default 'waiting'::text not null,
  attempts integer default 0 not null,
  next_attempt_at timestamp with time zone default now() not null,
  last_error text,
  created_at timestamp with time zone default now() not null,
  sent_at timestamp with time zone,
  constraint notification_check CHECK ((status = 'sent'::text) = (sent_at IS NOT NULL)),
  constraint notification_kind_check CHECK (kind = ANY (ARRAY['immediate'::text, 'digest'::text, 'approval'::text, 'summary'::text, 'test'::text])),
  constraint notification_pkey PRIMARY KEY (notification_id),
  constraint notification_route_id_fkey FOREIGN KEY (route_id) REFERENCES ref.notification_route(route_id) ON DELETE CASCADE,
  constraint notification_status_check CHECK (status = ANY (ARRAY['waiting'::text, 'sent'::text, 'dead'::text]))
) with (fillfactor=70);

create table ops.notification_cause (
  route_id text not null,
  cause text not null,
  kind text not null,
  alert_id bigint,
  purchase_order_id text,
  due_at timestamp with time zone not null,
  notification_id uuid,
  dropped_why text,
  constraint notification_cause_kind_check CHECK (kind = ANY (ARRAY['immediate'::text, 'digest'::text, 'approval'::text, 'summary'::text])),
  constraint notification_cause_notification_id_fkey FOREIGN KEY (notification_id) REFERENCES ops.notification(notification_id) ON DELETE CASCADE,
  constraint notification_cause_pkey PRIMARY KEY (route_id, cause),
  constraint notification_cause_route_id_fkey FOREIGN KEY (route_id) REFERENCES ref.notification_route(route_id) ON DELETE CASCADE
);

create table ops.order_fact_day (
  order_date date not null,
  revisions bigint not null,
  filled_at timestamp with time zone default now() not null,
  constraint order_fact_day_pkey PRIMARY KEY (order_date)
);

create table ops.outbox (
  outbox_id bigint generated always as identity not null,
  topic text collate "C" not null,
  key text not null,
  payload json not null,
  emitted_at timestamp with time zone default ops.now() not null,
  bytes integer generated always as (octet_length((payload)::text)) stored not null,
  queued_at timestamp with time zone default now() not null,
  unsent_id bigint,
  constraint outbox_pkey PRIMARY KEY (topic, outbox_id)
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

create table ops.purchase_order (
  purchase_order_id text collate "C" not null,
  supplier_id text collate "C" not null,
  location_id text collate "C" not null,
  review_date date not null,
  status text default 'draft'::text not null,
  currency text not null,
  total_value numeric not null,
  expected_on date,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  revision integer default 1 not null,
  expires_at timestamp with time zone,
  risks text[] default '{}'::text[] not null,
  approval_role text,
  approvals_needed integer,
  escalates_after interval,
  expires_after interval,
  waits_since timestamp with time zone,
  escalated_at timestamp with time zone,
  approved_revision integer,
  sent_at timestamp with time zone,
  looked_after_at timestamp with time zone,
  withdrawal_due_at timestamp with time zone,
  constraint purchase_order_pkey PRIMARY KEY (purchase_order_id),
  constraint purchase_order_revision_check CHECK (revision > 0),
  constraint purchase_order_status_check CHECK (status = ANY (ARRAY['draft'::text, 'awaiting_approval'::text, 'approved'::text, 'sent'::text, 'acknowledged'::text, 'partly_received'::text, 'received'::text, 'closed'::text, 'denied'::text, 'expired'::text, 'cancelled'::text])),
  constraint purchase_order_total_value_check CHECK (total_value >= 0::numeric)
);

create table ops.purchase_order_action (
  action_id bigint generated always as identity not null,
  purchase_order_id text collate "C" not null,
  acted_by text not null,
  acted_at timestamp with time zone not null,
  action text not null,
  line_no integer,
  reason_code text,
  reason text,
  detail jsonb default '{}'::jsonb not null,
  request_id text,
  constraint purchase_order_action_pkey PRIMARY KEY (action_id),
  constraint purchase_order_action_purchase_order_id_fkey FOREIGN KEY (purchase_order_id) REFERENCES ops.purchase_order(purchase_order_id)
);

create table ops.purchase_order_invoice (
  supplier_id text collate "C" not null,
  invoice_number text collate "C" not null,
  purchase_order_id text collate "C" not null,
  content jsonb not null,
  taken_by text not null,
  taken_at timestamp with time zone not null,
  constraint purchase_order_invoice_pkey PRIMARY KEY (supplier_id, invoice_number, purchase_order_id),
  constraint purchase_order_invoice_purchase_order_id_fkey FOREIGN KEY (purchase_order_id) REFERENCES ops.purchase_order(purchase_order_id)
);

create table ops.purchase_order_line (
  purchase_order_id text collate "C" not null,
  line_no integer not null,
  product_id text collate "C" not null,
  proposed_quantity numeric not null,
  quantity numeric not null,
  unit_cost numeric not null,
  received_quantity numeric default 0 not null,
  damaged_quantity numeric default 0 not null,
  explanation jsonb not null,
  cancelled_quantity numeric default 0 not null,
  invoiced_quantity numeric default 0 not null,
  constraint purchase_order_line_cancelled_quantity_check CHECK (cancelled_quantity >= 0::numeric),
  constraint purchase_order_line_damaged_quantity_check CHECK (damaged_quantity >= 0::numeric),
  constraint purchase_order_line_invoiced_quantity_check CHECK (invoiced_quantity >= 0::numeric),
  constraint purchase_order_line_line_no_check CHECK (line_no > 0),
  constraint purchase_order_line_pkey PRIMARY KEY (purchase_order_id, line_no),
  constraint purchase_order_line_proposed_quantity_check CHECK (proposed_quantity >= 0::numeric),
  constraint purchase_order_line_purchase_order_id_fkey FOREIGN KEY (purchase_order_id) REFERENCES ops.purchase_order(purchase_order_id) ON DELETE CASCADE,
  constraint purchase_order_line_purchase_order_id_product_id_key UNIQUE (purchase_order_id, product_id),
  constraint purchase_order_line_quantity_check CHECK (quantity >= 0::numeric),
  constraint purchase_order_line_received_quantity_check CHECK (received_quantity >= 0::numeric),
  constraint purchase_order_line_unit_cost_check CHECK (unit_cost >= 0::numeric)
);

create table ops.relay_problem (
  relay text not null,
  topic text collate "C" not null,
  attempts integer default 1 not null,
  first_failed_at timestamp with time zone default clock_timestamp() not null,
  last_failed_at timestamp with time zone default clock_timestamp() not null,
  next_attempt_at timestamp with time zone not null,
  error text not null,
  constraint relay_problem_pkey PRIMARY KEY (relay, topic),
  constraint relay_problem_relay_check CHECK (relay = ANY (ARRAY['outbox'::text, 'dead_letters'::text]))
);

create table ops.removal (
  event_id text not null,
  place text not null,
  place_id text collate "C" not null,
  product_id text collate "C" not null,
  batch_id text collate "C" not null,
  expires_on date not null,
  quantity numeric not null,
  unit_price numeric,
  decided_at timestamp with time zone not null,
  event_date date not null,
  applied_at timestamp with time zone,
  constraint removal_pkey PRIMARY KEY (event_id),
  constraint removal_place_check CHECK (place = ANY (ARRAY['shelf'::text, 'warehouse'::text])),
  constraint removal_quantity_check CHECK (quantity > 0::numeric)
);

create table ops.replenishment_skip (
  review_date date not null,
  location_id text collate "C" not null,
  supplier_id text collate "C" not null,
  product_id text collate "C" not null,
  reason text not null,
  detail text not null,
  skipped_at timestamp with time zone not null,
  constraint replenishment_skip_pkey PRIMARY KEY (review_date, location_id, supplier_id, product_id)
);

create table ops.restock_pick (
  event_id text not null,
  plan_id text not null,
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  warehouse_id text collate "C" not null,
  batch_id text collate "C" not null,
  expires_on date,
  quantity numeric not null,
  picked_at timestamp with time zone not null,
  event_date date not null,
  applied_at timestamp with time zone,
  refill_due_at timestamp with time zone not null,
  refill_event_id text not null,
  refill_date date,
  refill_sent_at timestamp with time zone,
  refilled_at timestamp with time zone,
  constraint restock_pick_pkey PRIMARY KEY (event_id),
  constraint restock_pick_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES ops.restock_plan(plan_id) ON DELETE CASCADE,
  constraint restock_pick_quantity_check CHECK (quantity > 0::numeric)
);

create table ops.restock_plan (
  plan_id text not null,
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  warehouse_id text collate "C" not null,
  quantity numeric not null,
  available numeric not null,
  capacity numeric not null,
  status text default 'open'::text not null,
  is_short boolean default false not null,
  picked_quantity numeric default 0 not null,
  planned_at timestamp with time zone not null,
  picked_at timestamp with time zone,
  closed_at timestamp with time zone,
  constraint restock_plan_pkey PRIMARY KEY (plan_id),
  constraint restock_plan_quantity_check CHECK (quantity > 0::numeric),
  constraint restock_plan_status_check CHECK (status = ANY (ARRAY['open'::text, 'picked'::text, 'refilled'::text, 'cancelled'::text]))
);

create table ops.returned_letters (
  origin text not null,
  topic text not null,
  partition integer not null,
  "offset" bigint not null,
  letter_id bigint not null,
  returned_at timestamp with time zone default now() not null,
  constraint returned_letters_pkey PRIMARY KEY (origin, topic, partition, "offset")
);

create table ops.sales_rate_day (
  store_id text collate "C" not null,
  rate_date date not null,
  constraint sales_rate_day_pkey PRIMARY KEY (store_id)
);

create table ops.sign_in_failure (
  failed_at timestamp with time zone default clock_timestamp() not null,
  person text not null,
  address text not null
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
  problem_next bigint,
  constraint every_message_has_one_outcome CHECK ((applied + duplicate + late + dead) = consumed),
  constraint stream_offsets_pkey PRIMARY KEY (processor, topic, partition)
) with (fillfactor=20);

create table ops.stream_skips (
  processor text not null,
  topic text not null,
  partition integer not null,
  "offset" bigint not null,
  why text not null,
  requested_by text not null,
  requested_at timestamp with time zone default now() not null,
  constraint stream_skips_offset_check CHECK ("offset" >= 0),
  constraint stream_skips_pkey PRIMARY KEY (processor, topic, partition, "offset"),
  constraint stream_skips_why_check CHECK (why <> ''::text)
);

create table ops.stream_watermark (
  processor text not null,
  topic text not null,
  partition integer not null,
  watermark timestamp with time zone not null,
  active_at timestamp with time zone not null,
  constraint stream_watermark_pkey PRIMARY KEY (processor, topic, partition)
) with (fillfactor=50);

create table ops.supplier_plan (
  plan_id text not null,
  warehouse_id text collate "C" not null,
  product_id text collate "C" not null,
  quantity numeric not null,
  on_hand numeric not null,
  reorder_point numeric not null,
  order_up_to numeric not null,
  received_before numeric not null,
  received_quantity numeric default 0 not null,
  status text default 'open'::text not null,
  planned_at timestamp with time zone not null,
  due_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  constraint supplier_plan_pkey PRIMARY KEY (plan_id),
  constraint supplier_plan_quantity_check CHECK (quantity > 0::numeric),
  constraint supplier_plan_status_check CHECK (status = ANY (ARRAY['open'::text, 'received'::text, 'short'::text, 'lapsed'::text]))
);

create table ops.topic_logs (
  topic text not null,
  base bigint not null,
  topic_id uuid not null,
  accepted_by text,
  why text,
  seen_at timestamp with time zone default now() not null,
  constraint a_later_log_is_accepted CHECK (base = 0 OR accepted_by IS NOT NULL AND why IS NOT NULL),
  constraint topic_logs_base_check CHECK (base >= 0),
  constraint topic_logs_pkey PRIMARY KEY (topic, base)
);

create table ops.transfer_lot (
  out_event_id text not null,
  transfer_id text collate "C" not null,
  from_location_id text collate "C" not null,
  product_id text collate "C" not null,
  batch_id text collate "C" not null,
  expires_on date,
  quantity numeric not null,
  out_topic text not null,
  out_date date not null,
  out_applied_at timestamp with time zone,
  in_event_id text not null,
  in_topic text not null,
  in_date date,
  in_sent_at timestamp with time zone,
  in_applied_at timestamp with time zone,
  constraint transfer_lot_pkey PRIMARY KEY (out_event_id),
  constraint transfer_lot_quantity_check CHECK (quantity > 0::numeric),
  constraint transfer_lot_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES ops.transfer_proposal(transfer_id) ON DELETE CASCADE
);

create table ops.transfer_proposal (
  transfer_id text collate "C" not null,
  review_date date not null,
  product_id text collate "C" not null,
  from_location_id text collate "C" not null,
  to_location_id text collate "C" not null,
  quantity numeric not null,
  shipped_quantity numeric default 0 not null,
  gain numeric not null,
  currency text not null,
  lead_time_days integer not null,
  good_until date,
  explanation jsonb not null,
  state text default 'proposed'::text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  decided_by text,
  decided_at timestamp with time zone,
  reason_code text,
  reason text,
  shipped_at timestamp with time zone,
  arrives_at timestamp with time zone,
  closed_at timestamp with time zone,
  updated_at timestamp with time zone not null,
  constraint a_denial_has_a_reason CHECK (state <> 'denied'::text OR reason_code IS NOT NULL AND decided_by IS NOT NULL),
  constraint transfer_proposal_check CHECK (shipped_quantity >= 0::numeric AND shipped_quantity <= quantity),
  constraint transfer_proposal_gain_check CHECK (gain > 0::numeric),
  constraint transfer_proposal_pkey PRIMARY KEY (transfer_id),
  constraint transfer_proposal_quantity_check CHECK (quantity > 0::numeric),
  constraint transfer_proposal_reason_code_fkey FOREIGN KEY (reason_code) REFERENCES ref.edit_reason(reason_code),
  constraint transfer_proposal_state_check CHECK (state = ANY (ARRAY['proposed'::text, 'approved'::text, 'denied'::text, 'expired'::text, 'shipped'::text, 'received'::text])),
  constraint what_is_over_is_closed CHECK ((closed_at IS NOT NULL) = (state = ANY (ARRAY['denied'::text, 'expired'::text, 'received'::text]))),
  constraint who_decides_is_named CHECK ((decided_by IS NULL) = (decided_at IS NULL))
);

create table ops.unsent_message (
  unsent_id bigint generated always as identity not null,
  relay text not null,
  topic text collate "C" not null,
  key text,
  payload json,
  emitted_at timestamp with time zone,
  letter_id bigint,
  bytes bigint not null,
  reason text not null,
  error text not null,
  status text default 'open'::text not null,
  attempts integer default 1 not null,
  first_failed_at timestamp with time zone default clock_timestamp() not null,
  last_failed_at timestamp with time zone default clock_timestamp() not null,
  settled_at timestamp with time zone,
  settled_by text,
  settled_why text,
  constraint unsent_message_check CHECK ((relay = 'dead_letters'::text) = (letter_id IS NOT NULL)),
  constraint unsent_message_check1 CHECK ((status = ANY (ARRAY['sent'::text, 'superseded'::text, 'discarded'::text])) = (settled_at IS NOT NULL)),
  constraint unsent_message_pkey PRIMARY KEY (unsent_id),
  constraint unsent_message_reason_check CHECK (reason = ANY (ARRAY['too_large'::text, 'unknown_topic'::text, 'refused'::text])),
  constraint unsent_message_relay_check CHECK (relay = ANY (ARRAY['outbox'::text, 'dead_letters'::text])),
  constraint unsent_message_status_check CHECK (status = ANY (ARRAY['open'::text, 'retrying'::text, 'sent'::text, 'superseded'::text, 'discarded'::text]))
);

create table ops.web_action (
  action_id bigint generated always as identity not null,
  acted_at timestamp with time zone default clock_timestamp() not null,
  person text not null,
  action text not null,
  detail jsonb not null,
  constraint web_action_pkey PRIMARY KEY (action_id)
);

create table ops.web_session (
  token_hash bytea not null,
  person text not null,
  created_at timestamp with time zone default clock_timestamp() not null,
  last_seen_at timestamp with time zone default clock_timestamp() not null,
  expires_at timestamp with time zone not null,
  constraint web_session_person_fkey FOREIGN KEY (person) REFERENCES ref.person(person) ON DELETE CASCADE,
  constraint web_session_pkey PRIMARY KEY (token_hash)
) with (fillfactor=70);

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

create table ops.workers (
  worker_id uuid not null,
  kind text not null,
  host text not null,
  pid integer not null,
  version text not null,
  serves text[] not null,
  problem text,
  started_at timestamp with time zone default clock_timestamp() not null,
  last_seen_at timestamp with time zone default clock_timestamp() not null,
  stopped_at timestamp with time zone,
  constraint workers_kind_check CHECK (kind = ANY (ARRAY['stream'::text, 'batch'::text, 'web'::text])),
  constraint workers_pkey PRIMARY KEY (worker_id)
) with (fillfactor=50);

create table ref.alert_audience (
  alert_type text not null,
  role text not null,
  constraint alert_audience_pkey PRIMARY KEY (alert_type, role)
);

create table ref.approval_tier (
  from_value numeric not null,
  minimum_approvers integer not null,
  role text,
  escalate_after interval,
  expires_after interval,
  constraint a_role_is_for_approvers CHECK ((minimum_approvers = 0) = (role IS NULL)),
  constraint approval_tier_escalate_after_check CHECK (escalate_after > '00:00:00'::interval),
  constraint approval_tier_expires_after_check CHECK (expires_after > '00:00:00'::interval),
  constraint approval_tier_from_value_check CHECK (from_value >= 0::numeric),
  constraint approval_tier_minimum_approvers_check CHECK (minimum_approvers >= 0 AND minimum_approvers <= 10),
  constraint approval_tier_pkey PRIMARY KEY (from_value),
  constraint it_escalates_before_it_expires CHECK (escalate_after < expires_after),
  constraint nothing_expires_that_nobody_decides CHECK (minimum_approvers > 0 OR num_nonnulls(escalate_after, expires_after) = 0)
);

create table ref.approver (
  person text not null,
  role text not null,
  location_id text collate "C",
  delegate_to text,
  delegate_until timestamp with time zone,
  changed_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint a_delegate_is_one_for_a_while CHECK ((delegate_to IS NULL) = (delegate_until IS NULL)),
  constraint a_delegate_is_somebody_else CHECK (delegate_to <> person),
  constraint approver_person_check CHECK (person <> ''::text AND person <> 'shelfline'::text),
  constraint approver_person_role_location_id_key UNIQUE NULLS NOT DISTINCT (person, role, location_id)
);

create table ref.edit_reason (
  reason_code text not null,
  meaning text not null,
  constraint edit_reason_pkey PRIMARY KEY (reason_code)
);

create table ref.goods_in (
  location_id text collate "C" not null,
  told_by text not null,
  changed_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint goods_in_pkey PRIMARY KEY (location_id),
  constraint goods_in_told_by_check CHECK (told_by = ANY (ARRAY['location'::text, 'receipt'::text]))
);

create table ref.holidays (
  country text not null,
  holiday_date date not null,
  name text not null,
  constraint holidays_pkey PRIMARY KEY (country, holiday_date)
);

create table ref.notification_route (
  route_id text not null,
  channel text not null,
  address text not null,
  secret text,
  role text not null,
  store_ids text[],
  kinds text[] not null,
  minimum_severity text not null,
  immediate_from text not null,
  quiet_from time without time zone,
  quiet_until time without time zone,
  digest_at time without time zone not null,
  time_zone text not null,
  changed_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint a_summary_is_of_stores CHECK (NOT ('summary'::text = ANY (kinds)) OR store_ids IS NOT NULL),
  constraint a_webhook_is_signed CHECK ((channel = 'webhook'::text) = (secret IS NOT NULL)),
  constraint notification_route_address_check CHECK (address <> ''::text),
  constraint notification_route_channel_check CHECK (channel = ANY (ARRAY['email'::text, 'teams'::text, 'slack'::text, 'webhook'::text])),
  constraint notification_route_immediate_from_check CHECK (immediate_from = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text])),
  constraint notification_route_kinds_check CHECK (cardinality(kinds) > 0 AND kinds <@ ARRAY['alert'::text, 'approval'::text, 'summary'::text]),
  constraint notification_route_minimum_severity_check CHECK (minimum_severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text])),
  constraint notification_route_pkey PRIMARY KEY (route_id),
  constraint notification_route_role_check CHECK (role <> ''::text),
  constraint notification_route_store_ids_check CHECK (cardinality(store_ids) > 0),
  constraint quiet_hours_have_two_ends CHECK ((quiet_from IS NULL) = (quiet_until IS NULL) AND quiet_from <> quiet_until)
);

create table ref.person (
  person text not null,
  role text not null,
  password_hash text,
  created_at timestamp with time zone default clock_timestamp() not null,
  created_by text not null,
  disabled_at timestamp with time zone,
  constraint person_person_check CHECK (person ~ '^[a-z0-9][a-z0-9._@-]{0,62}$'::text),
  constraint person_pkey PRIMARY KEY (person),
  constraint person_role_check CHECK (role = ANY (ARRAY['store_manager'::text, 'regional_manager'::text, 'buyer'::text, 'planner'::text, 'data_engineer'::text, 'executive'::text, 'administrator'::text]))
);

create table ref.policy (
  kind text not null,
  policy_id text not null,
  effective_at timestamp with time zone not null,
  event_id text not null,
  place_id text collate "C",
  category text,
  product_id text collate "C",
  changed_by text not null,
  reason text not null,
  restock_below numeric,
  restock_to numeric,
  refill_delay_seconds integer,
  hold_seconds integer,
  visit_seconds integer,
  near_expiry_days integer,
  markdown_percent numeric,
  reorder_point numeric,
  order_up_to numeric,
  lead_time_days numeric,
  pack_size numeric,
  method text,
  service_target numeric,
  service_measure text,
  review_days integer,
  holding_rate_per_year numeric,
  stock_out_cost_ratio numeric,
  waste_cost_ratio numeric,
  ordering_cost numeric,
  budget_per_day numeric,
  maximum_cover_days integer,
  constraint a_budget_is_of_a_place CHECK (budget_per_day IS NULL OR num_nonnulls(category, product_id) = 0),
  constraint a_cover_outlasts_the_review CHECK (review_days < maximum_cover_days),
  constraint a_product_or_a_category CHECK (product_id IS NULL OR category IS NULL),
  constraint a_restock_fills CHECK (restock_below < restock_to),
  constraint an_order_fills CHECK (reorder_point < order_up_to),
  constraint policy_budget_per_day_check CHECK (budget_per_day >= 0::numeric),
  constraint policy_hold_seconds_check CHECK (hold_seconds >= 1 AND hold_seconds <= 86400),
  constraint policy_holding_rate_per_year_check CHECK (holding_rate_per_year >= 0::numeric AND holding_rate_per_year <= 10::numeric),
  constraint policy_kind_check CHECK (kind = ANY (ARRAY['shelf'::text, 'warehouse'::text, 'replenishment'::text])),
  constraint policy_lead_time_days_check CHECK (lead_time_days >= 0::numeric AND lead_time_days <= 365::numeric),
  constraint policy_markdown_percent_check CHECK (markdown_percent >= 0::numeric AND markdown_percent <= 100::numeric),
  constraint policy_maximum_cover_days_check CHECK (maximum_cover_days >= 1 AND maximum_cover_days <= 730),
  constraint policy_method_check CHECK (method = ANY (ARRAY['base_stock'::text, 's_s'::text, 'r_s'::text])),
  constraint policy_near_expiry_days_check CHECK (near_expiry_days >= 0 AND near_expiry_days <= 365),
  constraint policy_order_up_to_check CHECK (order_up_to > 0::numeric),
  constraint policy_ordering_cost_check CHECK (ordering_cost >= 0::numeric),
  constraint policy_pack_size_check CHECK (pack_size > 0::numeric),
  constraint policy_pkey PRIMARY KEY (kind, policy_id, effective_at, event_id),
  constraint policy_refill_delay_seconds_check CHECK (refill_delay_seconds >= 0 AND refill_delay_seconds <= 604800),
  constraint policy_reorder_point_check CHECK (reorder_point >= 0::numeric),
  constraint policy_restock_below_check CHECK (restock_below >= 0::numeric AND restock_below <= 1::numeric),
  constraint policy_restock_to_check CHECK (restock_to > 0::numeric AND restock_to <= 1::numeric),
  constraint policy_review_days_check CHECK (review_days >= 1 AND review_days <= 90),
  constraint policy_service_measure_check CHECK (service_measure = ANY (ARRAY['cycle'::text, 'fill'::text, 'critical_ratio'::text])),
  constraint policy_service_target_check CHECK (service_target > 0::numeric AND service_target < 1::numeric),
  constraint policy_stock_out_cost_ratio_check CHECK (stock_out_cost_ratio >= 0::numeric AND stock_out_cost_ratio <= 100::numeric),
  constraint policy_visit_seconds_check CHECK (visit_seconds >= 60 AND visit_seconds <= 86400),
  constraint policy_waste_cost_ratio_check CHECK (waste_cost_ratio >= 0::numeric AND waste_cost_ratio <= 100::numeric),
  constraint values_of_its_kind CHECK ((kind = 'shelf'::text OR num_nonnulls(restock_below, restock_to, refill_delay_seconds, hold_seconds, visit_seconds, near_expiry_days, markdown_percent) = 0) AND (kind = 'warehouse'::text OR num_nonnulls(reorder_point, order_up_to, lead_time_days, pack_size) = 0) AND (kind = 'replenishment'::text OR num_nonnulls(method, service_target, service_measure, review_days, holding_rate_per_year, stock_out_cost_ratio, waste_cost_ratio, ordering_cost, budget_per_day, maximum_cover_days) = 0))
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

create table ref.suppliers (
  supplier_id text collate "C" not null,
  name text not null,
  country text,
  adapter text not null,
  endpoint text,
  contact_email text,
  order_weekdays smallint[] not null,
  cut_off time without time zone not null,
  time_zone text not null,
  lead_time_days numeric not null,
  minimum_order_value numeric default 0 not null,
  currency text not null,
  recorded_at timestamp with time zone not null,
  updated_at timestamp with time zone default now() not null,
  constraint a_lead_time_is_positive CHECK (lead_time_days > 0::numeric AND lead_time_days <= 365::numeric),
  constraint a_webhook_has_an_endpoint CHECK (adapter <> 'webhook'::text OR endpoint IS NOT NULL),
  constraint suppliers_adapter_check CHECK (adapter = ANY (ARRAY['file'::text, 'webhook'::text, 'simulator'::text])),
  constraint suppliers_minimum_order_value_check CHECK (minimum_order_value >= 0::numeric),
  constraint suppliers_order_weekdays_check CHECK (cardinality(order_weekdays) >= 1 AND cardinality(order_weekdays) <= 7),
  constraint suppliers_pkey PRIMARY KEY (supplier_id)
);

create table ref.supply_terms (
  terms_id text collate "C" not null,
  location_id text collate "C",
  product_id text collate "C" not null,
  supplier_id text collate "C" not null,
  unit_cost numeric not null,
  pack_size numeric not null,
  pallet_size numeric,
  minimum_quantity numeric default 0 not null,
  maximum_quantity numeric,
  capacity numeric,
  shelf_life_days integer,
  preference integer not null,
  delisted_on date,
  substitute_product_id text collate "C",
  recorded_at timestamp with time zone not null,
  updated_at timestamp with time zone default now() not null,
  constraint a_maximum_holds_a_pack CHECK (maximum_quantity >= pack_size),
  constraint a_minimum_is_at_most_the_maximum CHECK (minimum_quantity <= maximum_quantity),
  constraint a_pack_holds_something CHECK (pack_size > 0::numeric),
  constraint a_pallet_holds_whole_packs CHECK (pallet_size > 0::numeric AND (pallet_size % pack_size) = 0::numeric),
  constraint a_substitute_is_another_product CHECK (substitute_product_id <> product_id),
  constraint supply_terms_capacity_check CHECK (capacity >= 0::numeric),
  constraint supply_terms_minimum_quantity_check CHECK (minimum_quantity >= 0::numeric),
  constraint supply_terms_pkey PRIMARY KEY (terms_id),
  constraint supply_terms_preference_check CHECK (preference > 0),
  constraint supply_terms_shelf_life_days_check CHECK (shelf_life_days > 0),
  constraint supply_terms_unit_cost_check CHECK (unit_cost >= 0::numeric),
  constraint terms_are_named_by_what_they_are_for CHECK (terms_id = ((((COALESCE(location_id, '*'::text) || '/'::text) || product_id) || '/'::text) || supplier_id))
);

create table ref.transfer_lane (
  from_location_id text collate "C",
  to_location_id text collate "C",
  cost_per_transfer numeric not null,
  cost_per_unit numeric not null,
  lead_time_days integer not null,
  changed_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint a_lane_leads_somewhere_else CHECK (from_location_id <> to_location_id),
  constraint transfer_lane_cost_per_transfer_check CHECK (cost_per_transfer >= 0::numeric),
  constraint transfer_lane_cost_per_unit_check CHECK (cost_per_unit >= 0::numeric),
  constraint transfer_lane_from_location_id_to_location_id_key UNIQUE NULLS NOT DISTINCT (from_location_id, to_location_id),
  constraint transfer_lane_lead_time_days_check CHECK (lead_time_days >= 0 AND lead_time_days <= 30)
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

create table state.availability (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  hour timestamp with time zone not null,
  p_available double precision not null,
  recent_sales double precision not null,
  recent_expected double precision not null,
  was_counted_empty boolean,
  silent_hours integer not null,
  silent_expected double precision not null,
  evidence jsonb not null,
  constraint availability_p_available_check CHECK (p_available >= 0::double precision AND p_available <= 1::double precision),
  constraint availability_pkey PRIMARY KEY (store_id, product_id)
) with (fillfactor=60, autovacuum_vacuum_scale_factor=0.05);

create table state.availability_hour (
  hour timestamp with time zone not null,
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  p_available real not null,
  constraint availability_hour_pkey PRIMARY KEY (hour, store_id, product_id)
);

create table state.availability_model (
  store_id text collate "C" not null,
  profile_date date not null,
  model jsonb not null,
  usual_visitors real[] not null,
  evaluated_hour timestamp with time zone,
  constraint availability_model_pkey PRIMARY KEY (store_id)
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

create table state.demand_pattern (
  store_id text collate "C" not null,
  category text not null,
  running_days double precision[] not null,
  constraint demand_pattern_pkey PRIMARY KEY (store_id, category),
  constraint demand_pattern_running_days_check CHECK (cardinality(running_days) = 169)
);

create table state.demand_profile (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  profile_date date not null,
  category text not null,
  days integer not null,
  units_per_day double precision not null,
  inverse_size double precision not null,
  unit_price numeric(18,2),
  sales_an_hour real[] not null,
  depletion_factor real not null,
  restock_factor real not null,
  constraint demand_profile_pkey PRIMARY KEY (store_id, product_id)
) with (fillfactor=80);

create table state.event_ids (
  event_date date not null,
  event_key uuid not null,
  constraint event_ids_pkey PRIMARY KEY (event_date, event_key)
) partition by RANGE (event_date);

create table state.event_ids_before_2000 partition of state.event_ids FOR VALUES FROM (MINVALUE) TO ('2000-01-01');

create table state.online_order (
  store_id text collate "C" not null,
  order_id text collate "C" not null,
  customer_id text collate "C" not null,
  created_at timestamp with time zone,
  paid_at timestamp with time zone,
  packed_at timestamp with time zone,
  shipped_at timestamp with time zone,
  delivered_at timestamp with time zone,
  cancelled_at timestamp with time zone,
  promised_at timestamp with time zone,
  promise_told_at timestamp with time zone,
  last_event_at timestamp with time zone not null,
  updated_at timestamp with time zone default now() not null,
  constraint online_order_pkey PRIMARY KEY (store_id, order_id)
) with (fillfactor=70);

create table state.price (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  valid_from timestamp with time zone not null,
  event_id text collate "C" not null,
  price numeric not null,
  reason text not null,
  promotion_id text,
  constraint price_pkey PRIMARY KEY (store_id, product_id, valid_from, event_id)
);

create table state.retention (
  table_name text not null,
  forgotten_before date not null,
  constraint retention_pkey PRIMARY KEY (table_name)
);

create table state.sale_line (
  sale_date date not null,
  event_key uuid not null,
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  sold_at timestamp with time zone not null,
  transaction_id text not null,
  line_no integer not null,
  quantity numeric not null,
  unit_price numeric not null,
  discount numeric not null,
  net_amount numeric not null,
  customer_id text,
  is_promoted boolean,
  constraint sale_line_pkey PRIMARY KEY (sale_date, event_key)
) partition by RANGE (sale_date);

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

create table state.sales_rate (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  rate_date date not null,
  units_per_day numeric not null,
  unit_price numeric not null,
  constraint sales_rate_pkey PRIMARY KEY (store_id, product_id)
) with (fillfactor=70);

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

create table state.stock_movement (
  moved_on date not null,
  event_key uuid not null,
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  moved_at timestamp with time zone not null,
  quantity numeric not null,
  constraint stock_movement_pkey PRIMARY KEY (moved_on, event_key)
) partition by RANGE (moved_on);

create table state.stock_out_risk (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  probability double precision not null,
  hours_of_cover real not null,
  expected_lost_units double precision not null,
  money_at_risk numeric(18,2),
  horizon_until timestamp with time zone not null,
  evaluated_at timestamp with time zone not null,
  shelf_updated_at timestamp with time zone not null,
  constraint stock_out_risk_pkey PRIMARY KEY (store_id, product_id),
  constraint stock_out_risk_probability_check CHECK (probability >= 0::double precision AND probability <= 1::double precision)
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

CREATE INDEX accepted_losses_by_partition ON ops.accepted_losses USING btree (processor, topic, partition, from_offset);
CREATE INDEX activity_retry_next ON ops.activity_retry USING btree (next_try_at);
CREATE INDEX alert_action_alert ON ops.alert_action USING btree (alert_id);
CREATE INDEX alert_of_store ON ops.alert USING btree (store_id, last_seen);
CREATE INDEX alert_resolved ON ops.alert USING btree (resolved_at) WHERE (status = 'resolved'::text);
CREATE INDEX alert_unresolved ON ops.alert USING btree (alert_type, store_id) WHERE (status <> 'resolved'::text);
CREATE INDEX anomaly_of_store ON ops.anomaly USING btree (store_id, sold_at);
CREATE INDEX anomaly_sold_at ON ops.anomaly USING btree (sold_at);
CREATE INDEX backfill_plans_planned_at ON ops.backfill_plans USING btree (planned_at);
CREATE INDEX baskets_held ON state.basket USING btree (store_id, product_id, last_pick_at) WHERE ((picked > sold) AND (taken_at IS NULL));
CREATE INDEX baskets_lost ON state.basket USING btree (lost_at) WHERE (lost > (0)::numeric);
CREATE INDEX baskets_unpaid ON state.basket USING btree (last_event_at) WHERE ((picked > sold) AND (lost_at IS NULL));
CREATE INDEX baskets_unpicked ON state.basket USING btree (last_event_at) WHERE (unpicked > (0)::numeric);
CREATE INDEX check_failures_run ON ops.check_failures USING btree (run, check_name);
CREATE INDEX check_results_failed ON ops.check_results USING btree (checked_at) WHERE (NOT passed);
CREATE INDEX check_results_partition ON ops.check_results USING btree (asset, date, run);
CREATE INDEX cycle_count_closed ON ops.cycle_count USING btree (closed_at) WHERE (closed_at IS NOT NULL);
CREATE INDEX dead_letters_open ON ops.dead_letters USING btree (topic, reason, created_at) WHERE (status = 'open'::text);
CREATE INDEX dead_letters_to_relay ON ops.dead_letters USING btree (topic COLLATE "C", letter_id) WHERE (relayed_attempts < attempts);
CREATE INDEX dim_price_change_date ON analytics.dim_price USING btree (change_date);
CREATE INDEX discount_ended ON ops.discount USING btree (ended_at) WHERE (ended_at IS NOT NULL);
CREATE INDEX discount_running ON ops.discount USING btree (store_id, product_id) WHERE (ended_at IS NULL);
CREATE INDEX dropped_partitions_partition ON ops.dropped_partitions USING btree (asset, date);
CREATE INDEX fact_anomaly_date_store ON ONLY analytics.fact_anomaly USING btree (anomaly_date, store_key);
CREATE INDEX fact_cross_sell_date ON ONLY analytics.fact_cross_sell USING btree (listed_on, product_key);
CREATE INDEX fact_sales_date_store ON ONLY analytics.fact_sales USING btree (sale_date, store_key);
CREATE INDEX fact_slow_mover_date_store ON ONLY analytics.fact_slow_mover USING btree (measured_on, store_key);
CREATE INDEX fact_stock_target_date_store ON ONLY analytics.fact_stock_target USING btree (measured_on, store_key);
CREATE INDEX forecast_accuracy_of_store ON analytics.forecast_accuracy USING btree (store_key, target_date);
CREATE INDEX goods_receipt_delivered ON ops.goods_receipt USING btree (supplier_id, happened_on) WHERE (status = 'delivered'::text);
CREATE INDEX goods_receipt_of_order ON ops.goods_receipt USING btree (purchase_order_id, line_no);
CREATE INDEX goods_receipt_untold ON ops.goods_receipt USING btree (purchase_order_id, receipt_no) WHERE (told_at IS NULL);
CREATE INDEX incident_time ON ops.incident USING btree (starts_at, ends_at);
CREATE INDEX model_alias_log_newest ON ops.model_alias_log USING btree (model_name, alias, changed_at DESC, change DESC);
CREATE INDEX notification_cause_due ON ops.notification_cause USING btree (due_at) WHERE ((notification_id IS NULL) AND (dropped_why IS NULL));
CREATE INDEX notification_cause_told ON ops.notification_cause USING btree (notification_id);
CREATE INDEX notification_created ON ops.notification USING btree (created_at);
CREATE INDEX notification_of_route ON ops.notification USING btree (route_id, status, next_attempt_at);
CREATE INDEX notification_waiting ON ops.notification USING btree (next_attempt_at) WHERE (status = 'waiting'::text);
CREATE INDEX online_orders_by_age ON state.online_order USING btree (last_event_at);
CREATE INDEX online_orders_promised ON state.online_order USING btree (promised_at) WHERE ((delivered_at IS NULL) AND (cancelled_at IS NULL));
CREATE INDEX partition_ledger_date ON ops.partition_ledger USING btree (date);
CREATE INDEX partition_runs_partition ON ops.partition_runs USING btree (asset, date, run);
CREATE INDEX purchase_order_action_of_order ON ops.purchase_order_action USING btree (purchase_order_id, action_id);
CREATE INDEX purchase_order_expected ON ops.purchase_order USING btree (expected_on) WHERE (status = ANY (ARRAY['sent'::text, 'acknowledged'::text, 'partly_received'::text]));
CREATE INDEX purchase_order_newest ON ops.purchase_order USING btree (review_date, purchase_order_id);
CREATE INDEX purchase_order_on_day ON ops.purchase_order USING btree (supplier_id, location_id, review_date);
CREATE INDEX purchase_order_on_order ON ops.purchase_order USING btree (location_id, supplier_id) WHERE (status = ANY (ARRAY['draft'::text, 'awaiting_approval'::text, 'approved'::text, 'sent'::text, 'acknowledged'::text, 'partly_received'::text]));
CREATE INDEX purchase_order_to_withdraw ON ops.purchase_order USING btree (withdrawal_due_at) WHERE (withdrawal_due_at IS NOT NULL);
CREATE INDEX purchase_order_unended ON ops.purchase_order USING btree (looked_after_at) WHERE (status <> ALL (ARRAY['closed'::text, 'denied'::text, 'expired'::text, 'cancelled'::text]));
CREATE INDEX purchase_order_updated ON ops.purchase_order USING btree (updated_at);
CREATE INDEX removal_applied ON ops.removal USING btree (applied_at) WHERE (applied_at IS NOT NULL);
CREATE INDEX restock_pick_arriving ON ops.restock_pick USING btree (refill_sent_at) WHERE (refilled_at IS NULL);
CREATE INDEX restock_pick_due ON ops.restock_pick USING btree (refill_due_at) WHERE (refill_sent_at IS NULL);
CREATE INDEX restock_pick_leaving ON ops.restock_pick USING btree (warehouse_id, product_id, batch_id) WHERE (applied_at IS NULL);
CREATE INDEX restock_pick_plan ON ops.restock_pick USING btree (plan_id);
CREATE INDEX restock_plan_closed ON ops.restock_plan USING btree (closed_at) WHERE (closed_at IS NOT NULL);
CREATE INDEX restock_plan_to_pick ON ops.restock_plan USING btree (planned_at, plan_id) WHERE (status = 'open'::text);
CREATE INDEX sale_line_newest ON ONLY state.sale_line USING brin (sold_at) WITH (pages_per_range='16');
CREATE INDEX sale_line_product ON ONLY state.sale_line USING btree (store_id, product_id, sold_at);
CREATE INDEX shelf_lots_by_expiry ON state.shelf_lot USING btree (expires_on);
CREATE INDEX shelves_by_warehouse ON ref.shelves USING btree (warehouse_id, product_id);
CREATE INDEX sign_in_failure_address ON ops.sign_in_failure USING btree (address, failed_at);
CREATE INDEX sign_in_failure_person ON ops.sign_in_failure USING btree (person, failed_at);
CREATE INDEX stock_movement_product ON ONLY state.stock_movement USING btree (store_id, product_id, moved_at);
CREATE INDEX supplier_plan_closed ON ops.supplier_plan USING btree (closed_at) WHERE (closed_at IS NOT NULL);
CREATE INDEX supplier_plan_of_product ON ops.supplier_plan USING btree (warehouse_id, product_id, planned_at);
CREATE INDEX supply_terms_of_location ON ref.supply_terms USING btree (location_id, product_id) WHERE (location_id IS NOT NULL);
CREATE INDEX supply_terms_of_product ON ref.supply_terms USING btree (product_id, location_id);
CREATE INDEX transfer_closed ON ops.transfer_proposal USING btree (closed_at) WHERE (closed_at IS NOT NULL);
CREATE INDEX transfer_lot_leaving ON ops.transfer_lot USING btree (from_location_id, product_id, batch_id) WHERE (out_applied_at IS NULL);
CREATE INDEX transfer_lot_of_transfer ON ops.transfer_lot USING btree (transfer_id);
CREATE INDEX transfer_lot_on_the_way ON ops.transfer_lot USING btree (transfer_id) WHERE (in_applied_at IS NULL);
CREATE INDEX transfer_newest ON ops.transfer_proposal USING btree (review_date, transfer_id);
CREATE INDEX transfer_under_way_in ON ops.transfer_proposal USING btree (to_location_id, product_id) WHERE (closed_at IS NULL);
CREATE INDEX transfer_under_way_out ON ops.transfer_proposal USING btree (from_location_id, product_id) WHERE (closed_at IS NULL);
CREATE INDEX unsent_message_settled ON ops.unsent_message USING btree (settled_at) WHERE (settled_at IS NOT NULL);
CREATE INDEX unsent_message_unsettled ON ops.unsent_message USING btree (relay, topic, key) WHERE (settled_at IS NULL);
CREATE INDEX warehouse_lots_by_expiry ON state.warehouse_lot USING btree (expires_on);
CREATE INDEX web_action_acted ON ops.web_action USING btree (acted_at);
CREATE INDEX web_session_expires ON ops.web_session USING btree (expires_at);
CREATE INDEX web_session_person ON ops.web_session USING btree (person);
CREATE UNIQUE INDEX alert_one_a_cause ON ops.alert USING btree (dedup_key) WHERE (status <> 'resolved'::text);
CREATE UNIQUE INDEX cycle_count_one_open ON ops.cycle_count USING btree (store_id, product_id) WHERE (closed_at IS NULL);
CREATE UNIQUE INDEX dim_product_current ON analytics.dim_product USING btree (product_id) WHERE is_current;
CREATE UNIQUE INDEX dim_store_current ON analytics.dim_store USING btree (store_id) WHERE is_current;
CREATE UNIQUE INDEX purchase_order_action_once ON ops.purchase_order_action USING btree (purchase_order_id, request_id);
CREATE UNIQUE INDEX purchase_order_of_day ON ops.purchase_order USING btree (supplier_id, location_id, review_date) WHERE (NOT ((status = 'cancelled'::text) AND (sent_at IS NULL)));
CREATE UNIQUE INDEX removal_one_open ON ops.removal USING btree (place, place_id, product_id, batch_id) WHERE (applied_at IS NULL);
CREATE UNIQUE INDEX restock_plan_one_open ON ops.restock_plan USING btree (store_id, product_id) WHERE (closed_at IS NULL);
CREATE UNIQUE INDEX supplier_plan_one_open ON ops.supplier_plan USING btree (warehouse_id, product_id) WHERE (closed_at IS NULL);
CREATE UNIQUE INDEX unsent_message_one_a_letter ON ops.unsent_message USING btree (letter_id);

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

CREATE OR REPLACE FUNCTION ops.add_order_members(days date[])
 RETURNS void
 LANGUAGE sql
AS $function$
  insert into analytics.dim_supplier as supplier (supplier_key, supplier_id, name, country, lead_time_days, is_unknown)
  select
    analytics.dimension_key(supplier_id, timestamptz '1900-01-01 00:00:00+00'),
    supplier_id, coalesce(known.name, 'Unknown supplier ' || supplier_id), known.country,
    round(known.lead_time_days)::integer, known.supplier_id is null
  from (
    select supplier_id from ref.suppliers
    union
    select supplier_id from ops.purchase_order where review_date = any (days)
  ) as named
  left join ref.suppliers as known using (supplier_id)
  on conflict (supplier_key) do update set
    name = excluded.name, country = excluded.country, lead_time_days = excluded.lead_time_days,
    is_unknown = excluded.is_unknown, updated_at = now()
  where row(supplier.name, supplier.country, supplier.lead_time_days, supplier.is_unknown)
    is distinct from row(excluded.name, excluded.country, excluded.lead_time_days, excluded.is_unknown);

  insert into analytics.dim_store (
    store_key, store_id, name, region, country, currency, time_zone, valid_from, valid_to, is_current, is_unknown
  )
  select
    analytics.dimension_key(location_id, timestamptz '1900-01-01 00:00:00+00'), location_id,
    'Unknown store ' || location_id, 'unknown', 'unknown', 'XXX', 'UTC',
    timestamptz '1900-01-01 00:00:00+00', timestamptz '9999-12-31 00:00:00+00', true, true
  from (select distinct location_id from ops.purchase_order where review_date = any (days)) as named
  where not exists (select from analytics.dim_store where store_id = location_id)
  on conflict do nothing;

  insert into analytics.dim_product (product_key, product_id, name, category, department, valid_from, valid_to, is_current, is_unknown)
  select
    analytics.dimension_key(product_id, timestamptz '1900-01-01 00:00:00+00'), product_id,
    'Unknown product ' || product_id, 'unknown', 'unknown',
    timestamptz '1900-01-01 00:00:00+00', timestamptz '9999-12-31 00:00:00+00', true, true
  from (
    select distinct product_id from ops.purchase_order_line join ops.purchase_order using (purchase_order_id)
    where review_date = any (days)
  ) as named
  where not exists (select from analytics.dim_product where dim_product.product_id = named.product_id)
  on conflict do nothing;
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_accuracy_drop(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  select
    model_name,
    store_id,
    null::text,
    'warning',
    null::numeric,
    message,
    jsonb_build_object(
      'model', model_name, 'version', model_version, 'day', drift_date, 'wape', round(value::numeric, 4),
      'limit', round(threshold::numeric, 4), 'forecasts', size_now
    ),
    null::numeric,
    true
  from ops.newest_drift()
  where kind = 'error' and is_drifted
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_currency(alert ops.alert)
 RETURNS text
 LANGUAGE sql
 STABLE
RETURN COALESCE(((alert).evidence ->> 'currency'::text), (SELECT stores.currency FROM ref.stores WHERE (stores.store_id = (alert_currency.alert).store_id)))
;

CREATE OR REPLACE FUNCTION ops.alert_expired_on_shelf(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  select
    lot.product_id || '/' || lot.batch_id,
    lot.store_id,
    lot.product_id,
    'critical',
    round(lot.on_hand * rate.unit_price, 2),
    format('%s of %s on shelf %s expired on %s', trim_scale(lot.on_hand), coalesce(products.name, lot.product_id),
      shelves.shelf_id, lot.expires_on),
    jsonb_build_object('batch_id', lot.batch_id, 'expires_on', lot.expires_on, 'on_hand', lot.on_hand),
    null::numeric,
    true
  from ops.expiring_lots((as_of at time zone 'UTC')::date) as lot
  left join ref.shelves using (store_id, product_id)
  left join ref.products using (product_id)
  left join ref.stores using (store_id)
  left join state.sales_rate as rate using (store_id, product_id)
  where lot.expires_on < (as_of at time zone coalesce(stores.time_zone, 'UTC'))::date
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_feature_drift(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  select
    model_name,
    store_id,
    null::text,
    'warning',
    null::numeric,
    format('%s@%s: %s of its features lie otherwise than in training (%s); `shelfline run train-models` trains it anew',
      model_name, model_version, count(*),
      string_agg(subject, ', ' order by value / threshold desc, subject) filter (where place <= 3)
        || case when count(*) > 3 then ', …' else '' end),
    jsonb_build_object(
      'model', model_name, 'version', model_version, 'day', drift_date,
      'features', jsonb_agg(jsonb_build_object(
        'feature', subject, 'index', round(value::numeric, 4), 'limit', round(threshold::numeric, 4)
      ) order by place) filter (where place <= 10)
    ),
    null::numeric,
    true
  from (
    select *, row_number() over (partition by model_name, store_id order by value / threshold desc, subject) as place
    from ops.newest_drift()
    where kind = 'feature' and is_drifted
  ) as drifted
  group by model_name, model_version, drift_date, store_id
  union all
  select
    model_name || '/gap',
    store_id,
    null,
    'warning',
    null,
    message,
    jsonb_build_object('model', model_name, 'version', model_version, 'day', drift_date, 'usual_days', size_now),
    null,
    true
  from ops.newest_drift()
  where kind = 'gap' and is_drifted
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_low_shelf(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  select
    shelf.product_id,
    shelf.store_id,
    shelf.product_id,
    'warning',
    round(rate.units_per_day * rate.unit_price, 2),
    format('%s: %s left of %s on shelf %s%s', coalesce(products.name, shelf.product_id), trim_scale(shelf.available),
      trim_scale(shelf.capacity), shelf.shelf_id,
      case
        when plan.is_short then '; the warehouse has too little'
        when plan.status = 'picked' then '; goods are on their way'
        else '' end),
    jsonb_build_object(
      'available', shelf.available, 'capacity', shelf.capacity, 'units_per_day', rate.units_per_day,
      'restock_below', policy.restock_below, 'last_refill_at', shelf.last_refill_at, 'restock', plan.status
    ),
    floor(policy.restock_to * shelf.capacity - shelf.available),
    shelf.available < 0.5 * policy.restock_below * shelf.capacity and rate.units_per_day > 0
  from ops.shelves_up_to(0.75 * ops.restock_below_max()) as shelf
  join ref.shelf_policy as policy using (store_id, product_id)
  left join ref.products using (product_id)
  left join state.sales_rate as rate using (store_id, product_id)
  left join ops.restock_plan as plan
    on plan.store_id = shelf.store_id and plan.product_id = shelf.product_id and plan.closed_at is null
  where shelf.available > 0 and shelf.available < 0.75 * policy.restock_below * shelf.capacity
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_near_expiry(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  select
    lot.product_id || '/' || lot.batch_id,
    lot.store_id,
    lot.product_id,
    'info',
    round(left_over.units * rate.unit_price, 2),
    format('%s of %s on shelf %s expire on %s%s', trim_scale(lot.on_hand), coalesce(products.name, lot.product_id),
      shelves.shelf_id, lot.expires_on, '; marked down by ' || trim_scale(discount.percent) || ' %'),
    jsonb_build_object(
      'batch_id', lot.batch_id, 'expires_on', lot.expires_on, 'on_hand', lot.on_hand, 'left_over', left_over.units,
      'units_per_day', rate.units_per_day, 'discount_percent', discount.percent
    ),
    null::numeric,
    left_over.units >= 1
  from ops.expiring_lots((as_of at time zone 'UTC')::date + (select ops.near_expiry_days_max()) + 1) as lot
  join ref.shelf_policy as policy using (store_id, product_id)
  left join ref.shelves using (store_id, product_id)
  left join ref.products using (product_id)
  left join ref.stores using (store_id)
  left join state.sales_rate as rate using (store_id, product_id)
  cross join lateral (select (as_of at time zone coalesce(stores.time_zone, 'UTC'))::date as today) as local
  cross join lateral (
    select greatest(round(lot.on_hand - coalesce(rate.units_per_day, 0) * (lot.expires_on - local.today + 0.5), 1), 0) as units
  ) as left_over
  left join ops.discount
    on discount.store_id = lot.store_id and discount.product_id = lot.product_id and discount.batch_id = lot.batch_id
    and discount.discount_date = local.today and discount.ended_at is null
  where lot.expires_on between local.today and local.today + policy.near_expiry_days and left_over.units > 0
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_order_overdue(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  select
    order_id,
    store_id,
    null::text,
    case when promised_at < as_of - interval '1 day' then 'critical' else 'warning' end,
    null::numeric,
    format('Order %s was promised for %s and is %s', order_id,
      to_char(promised_at at time zone ops.time_zone_of(store_id), 'YYYY-MM-DD HH24:MI'),
      case
        when shipped_at is not null then 'on its way'
        when packed_at is not null then 'packed'
        when paid_at is not null then 'not packed'
        else 'not paid'
      end),
    jsonb_build_object('promised_at', promised_at, 'packed_at', packed_at, 'shipped_at', shipped_at),
    null::numeric,
    true
  from state.online_order
  where promised_at < as_of and delivered_at is null and cancelled_at is null
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_phantom_stock(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  with weighed as materialized (
    select * from ops.weighed_shelves(as_of) where available > 0
  ),
  found as (
    select
      weighed.store_id, weighed.product_id, weighed.available,
      format('its scale found it empty at %s',
        to_char(weighed_at at time zone ops.time_zone_of(weighed.store_id), 'YYYY-MM-DD HH24:MI')) as finding,
      jsonb_build_object('weighed_units', units, 'weight', weight, 'weighed_at', weighed_at) as evidence,
      weighed.available > greatest(2, 0.1 * capacity)
        or weighed_at <= as_of - policy.visit_seconds * interval '1 second' as opens
    from weighed
    join ref.shelf_policy as policy using (store_id, product_id)
    where units < 0.5
    union all
    select
      live.store_id, live.product_id, shelf.available,
      format('nothing has sold since %s; %s sales were to be expected',
        to_char((live.hour - (live.silent_hours - 1) * interval '1 hour') at time zone ops.time_zone_of(live.store_id),
          'YYYY-MM-DD HH24:MI'),
        round(live.silent_expected::numeric, 1)),
      live.evidence || jsonb_build_object('p_available', round(live.p_available::numeric, 3), 'hour', live.hour),
      live.p_available < 0.1 and (live.evidence ->> 'traffic')::numeric > 0
        and profile.days >= 2
        and profile.profile_date <= (live.hour at time zone ops.time_zone_of(live.store_id))::date
    from state.availability as live
    join state.demand_profile as profile using (store_id, product_id)
    join state.shelf as shelf using (store_id, product_id)
    where live.p_available < 0.3 and live.hour > as_of - interval '3 hours' and shelf.available > 0
      -- What was looked at is the hour that begins then: a sale or a pickup after it says that the goods are there.
      and coalesce(greatest(shelf.last_sale_at, shelf.last_pick_at), '-infinity') < live.hour + interval '1 hour'
      and not exists (
        select from weighed
        where weighed.store_id = live.store_id and weighed.product_id = live.product_id
          and (units < 0.5 or (units >= 0.5 * weighed.available and weighed_at > as_of - interval '4 hours'))
      )
  )
  select
    found.product_id,
    found.store_id,
    found.product_id,
    'warning',
    round(rate.units_per_day * rate.unit_price, 2),
    format('%s: shelf %s should hold %s, but %s', coalesce(products.name, found.product_id), shelves.shelf_id,
      trim_scale(found.available), found.finding),
    found.evidence || jsonb_build_object(
      'available', found.available, 'last_sale_at', shelf.last_sale_at, 'last_pick_at', shelf.last_pick_at
    ),
    null::numeric,
    found.opens
  from found
  join state.shelf as shelf using (store_id, product_id)
  join ref.shelves using (store_id, product_id)
  left join ref.products using (product_id)
  left join state.sales_rate as rate using (store_id, product_id)
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_price_mismatch(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  with line as materialized (
    select line.store_id, line.product_id, line.sold_at, line.quantity, line.unit_price, line.net_amount,
      price.price, price.reason, price.valid_from
    from state.sale_line as line
    cross join lateral (
      select price, reason, valid_from from state.price
      where price.store_id = line.store_id and price.product_id = line.product_id and valid_from <= line.sold_at
      order by valid_from desc, event_id desc limit 1
    ) as price
    where line.sold_at > as_of - interval '20 minutes' and line.sold_at <= as_of
      and line.sale_date >= (as_of at time zone 'UTC')::date - 1
      and line.quantity > 0
      and (line.unit_price <> price.price or line.net_amount > round(line.quantity * price.price, 2))
  ),
  wrong as (
    select
      line.store_id, line.product_id, count(*) as lines,
      sum(abs(line.net_amount - round(line.quantity * line.price, 2))) as difference,
      sum(line.net_amount - round(line.quantity * line.price, 2)) as overpaid,
      (array_agg(line.unit_price order by line.sold_at desc))[1] as charged,
      (array_agg(line.price order by line.sold_at desc))[1] as price,
      (array_agg(line.reason order by line.sold_at desc))[1] as price_reason,
      max(line.valid_from) as price_valid_from,
      bool_or(line.sold_at >= line.valid_from + interval '1 hour') as is_settled
    from line
    left join lateral (
      select price from state.price
      where line.price <> line.unit_price
        and price.store_id = line.store_id and price.product_id = line.product_id and valid_from <= line.sold_at
        and reason in ('regular', 'correction')
      order by valid_from desc, event_id desc limit 1
    ) as list on true
    where line.net_amount > round(line.quantity * line.price, 2)
      or (line.unit_price <> line.price and line.unit_price is distinct from list.price)
    group by line.store_id, line.product_id
  )
  select
    wrong.product_id,
    wrong.store_id,
    wrong.product_id,
    case when overpaid > 0 then 'critical' else 'warning' end,
    round(difference, 2),
    format('%s is charged at %s; the price is %s since %s', coalesce(products.name, wrong.product_id), trim_scale(charged),
      trim_scale(price), to_char(price_valid_from at time zone ops.time_zone_of(wrong.store_id), 'YYYY-MM-DD HH24:MI')),
    jsonb_build_object(
      'charged', charged, 'price', price, 'price_reason', price_reason, 'price_valid_from', price_valid_from,
      'lines', lines, 'overpaid', overpaid
    ),
    null::numeric,
    lines >= 2 or is_settled
  from wrong
  left join ref.products using (product_id)
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_sales_drop(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  select
    '',
    store_id,
    null::text,
    'warning',
    round(usual_revenue - revenue, 2),
    format('%s transactions from %s to %s; %s are usual', transactions, to_char(local_start, 'HH24:MI'),
      to_char(local_start + interval '1 hour', 'HH24:MI'), round(usual)),
    jsonb_build_object(
      'hour', local_start, 'transactions', transactions, 'usual', round(usual, 1), 'standard_deviations', score,
      'weeks', weeks
    ),
    null::numeric,
    score <= -4 and transactions <= 0.5 * usual
  from ops.unusual_hours(as_of)
  where score <= -3
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_sales_spike(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  select
    '',
    store_id,
    null::text,
    'info',
    null::numeric,
    format('%s transactions from %s to %s; %s are usual', transactions, to_char(local_start, 'HH24:MI'),
      to_char(local_start + interval '1 hour', 'HH24:MI'), round(usual)),
    jsonb_build_object(
      'hour', local_start, 'transactions', transactions, 'usual', round(usual, 1), 'standard_deviations', score,
      'weeks', weeks, 'promoted_share', promoted.share
    ),
    null::numeric,
    score >= 4 and transactions >= 1.5 * usual and coalesce(promoted.share, 0) < 0.5
  from ops.unusual_hours(as_of) as hours
  cross join lateral (
    select round(avg((is_promoted is true)::integer), 2) as share
    from state.sale_line as line
    where line.store_id = hours.store_id and line.sale_date = hours.local_start::date
      and line.sold_at >= hours.hour_start and line.sold_at < hours.hour_start + interval '1 hour'
  ) as promoted
  where score >= 3
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_sensor_silent(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  with equipped as materialized (
    select store_id from state.shelf
    group by store_id having max(last_pick_at) > as_of - interval '7 days'
  ),
  unseen as materialized (
    select basket.store_id, basket.product_id, count(*) as baskets, sum(basket.unpicked) as units,
      min(basket.last_event_at) as since, shelf.last_pick_at
    from state.basket
    join state.shelf using (store_id, product_id)
    where basket.unpicked > 0
      and basket.last_event_at > greatest(shelf.last_pick_at, as_of - interval '1 day')
      and basket.last_event_at <= as_of
      and basket.visit_date >= (as_of at time zone 'UTC')::date - 2
      and basket.store_id in (select store_id from equipped)
    group by basket.store_id, basket.product_id, shelf.last_pick_at
    having count(*) >= 2
  ),
  doors as materialized (
    select
      store_id,
      max(window_start) filter (where entries + exits > 0) as counted_at,
      max(window_start) filter (where transactions > 0) as sold_at
    from state.sales_window
    where product_id = '' and window_start > as_of - interval '7 days' and window_start <= as_of
    group by store_id
  )
  select
    unseen.product_id,
    unseen.store_id,
    unseen.product_id,
    'warning',
    round(rate.units_per_day * rate.unit_price, 2),
    format('Shelf %s (%s) reports no pickups, but %s customers bought from it', shelves.shelf_id,
      coalesce(products.name, unseen.product_id), unseen.baskets),
    jsonb_build_object(
      'sensor', 'shelf', 'baskets', unseen.baskets, 'units', unseen.units, 'since', unseen.since,
      'last_pick_at', unseen.last_pick_at
    ),
    null::numeric,
    unseen.baskets >= 3
  from unseen
  join ref.shelves using (store_id, product_id)
  left join ref.products using (product_id)
  left join state.sales_rate as rate using (store_id, product_id)
  union all
  select
    'doors',
    doors.store_id,
    null,
    'warning',
    null,
    format('The doors have counted nobody, but %s transactions were paid', since.transactions),
    jsonb_build_object('sensor', 'doors', 'counted_at', doors.counted_at, 'transactions', since.transactions),
    null,
    since.transactions >= 20
  from doors
  cross join lateral (
    select coalesce(sum(transactions), 0) as transactions from state.sales_window as later
    where later.store_id = doors.store_id and later.product_id = '' and later.window_start > doors.counted_at
      and later.window_start <= as_of
  ) as since
  where doors.sold_at > doors.counted_at + interval '15 minutes' and since.transactions >= 10
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_shrinkage(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  with lost as materialized (
    select store_id, product_id, sum(lost) as units, count(*) as baskets, max(lost_at) as last_at, min(visit_date) as since
    from state.basket
    where lost > 0 and lost_at > as_of - interval '1 day'
    group by store_id, product_id
  )
  select
    lost.product_id,
    lost.store_id,
    lost.product_id,
    case when lost.units * rate.unit_price >= 100 then 'critical' else 'warning' end,
    round(lost.units * rate.unit_price, 2),
    format('%s of %s left shelf %s and were not paid since yesterday', trim_scale(lost.units),
      coalesce(products.name, lost.product_id), shelves.shelf_id),
    jsonb_build_object('lost', lost.units, 'baskets', lost.baskets, 'last_at', lost.last_at, 'picked', picked.units),
    null::numeric,
    lost.units >= 3 and lost.units >= 0.1 * picked.units
  from lost
  left join ref.shelves using (store_id, product_id)
  left join ref.products using (product_id)
  left join state.sales_rate as rate using (store_id, product_id)
  cross join lateral (
    select sum(basket.picked) as units from state.basket
    where basket.store_id = lost.store_id and basket.product_id = lost.product_id
      and basket.visit_date between lost.since and (as_of at time zone 'UTC')::date + 1
  ) as picked
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_state_difference(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  select
    '',
    '*',
    null::text,
    'critical',
    null::numeric,
    finding,
    jsonb_build_object('checked_at', checked_at, 'rows', failing_rows, 'examples', (
      select coalesce(jsonb_agg(failing_row order by failure), '[]')
      from (
        select failure, failing_row from ops.check_failures
        where check_failures.run = newest.run and check_failures.check_name = newest.check_name
        order by failure limit 10
      ) as example
    )),
    null::numeric,
    true
  from (
    select run, check_name, finding, failing_rows, checked_at, passed
    from ops.check_results
    where asset = 'data_quality' and date is null and check_name = 'state_equals_recompute'
    order by run desc
    limit 1
  ) as newest
  where not passed
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_stock_out(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  with selling as materialized (
    select store_id from state.shelf
    where last_sale_at <= as_of
    group by store_id having max(last_sale_at) > as_of - interval '1 hour'
  ),
  sold_out as materialized (
    select
      shelf.*, coalesce(products.name, shelf.product_id) as product, rate.units_per_day,
      round(rate.units_per_day * rate.unit_price, 2) as impact, plan.status as restock, plan.is_short, stores.currency,
      floor(policy.restock_to * shelf.capacity) as wanted,
      shelf.available <= 0 and shelf.store_id in (select store_id from selling) as opens,
      -- An open plan is short when the warehouse had nothing to pick for it.
      plan.status = 'open' and plan.is_short and not exists (
        select from ops.alert
        where alert_type = 'stock_out' and status in ('acknowledged', 'snoozed')
          and alert.store_id = shelf.store_id and alert.product_id = shelf.product_id
      ) as waits
    from ops.shelves_up_to(0.05) as shelf
    join ref.shelf_policy as policy using (store_id, product_id)
    left join ref.products using (product_id)
    left join ref.stores using (store_id)
    left join state.sales_rate as rate using (store_id, product_id)
    left join ops.restock_plan as plan
      on plan.store_id = shelf.store_id and plan.product_id = shelf.product_id and plan.closed_at is null
  ),
  waiting as (
    select warehouse_id, product_id from sold_out where waits group by warehouse_id, product_id having count(*) >= 2
  )
  select
    product_id,
    store_id,
    product_id,
    case when units_per_day >= 1 then 'critical' else 'warning' end,
    impact,
    format('%s is sold out on shelf %s%s', product, shelf_id,
      case
        when restock = 'picked' then '; goods are on their way'
        when is_short then '; the warehouse has none'
        else '' end),
    jsonb_build_object(
      'available', available, 'capacity', capacity, 'units_per_day', units_per_day, 'last_sale_at', last_sale_at,
      'last_refill_at', last_refill_at, 'restock', restock
    ),
    wanted,
    opens
  from sold_out
  where not (coalesce(waits, false) and (warehouse_id, product_id) in (select warehouse_id, product_id from waiting))
  union all
  select
    product_id,
    warehouse_id,
    product_id,
    case when sum(units_per_day) >= 1 then 'critical' else 'warning' end,
    case when count(distinct currency) = 1 then sum(impact) end,
    format('%s is sold out in %s stores; warehouse %s has none%s', min(product), count(*), warehouse_id,
      case
        when supply.due_at < as_of then format(', and what was due on %s has not come', (supply.due_at at time zone 'UTC')::date)
        when supply.due_at is not null then format('; more is due on %s', (supply.due_at at time zone 'UTC')::date)
        else '' end),
    jsonb_build_object(
      'stores', jsonb_agg(store_id order by store_id), 'units_per_day', sum(units_per_day), 'last_sale_at', max(last_sale_at),
      'due_at', supply.due_at, 'currency', case when count(distinct currency) = 1 then min(currency) end
    ),
    sum(wanted),
    bool_or(opens)
  from sold_out
  join waiting using (warehouse_id, product_id)
  left join lateral (
    select due_at from ops.supplier_plan as plan
    where plan.warehouse_id = sold_out.warehouse_id and plan.product_id = sold_out.product_id and closed_at is null
  ) as supply on true
  where waits
  group by warehouse_id, product_id, supply.due_at
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_stock_out_risk(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  select
    risk.product_id,
    risk.store_id,
    risk.product_id,
    case when risk.probability > 0.95 then 'critical' else 'warning' end,
    risk.money_at_risk,
    format('%s will probably run out on shelf %s: %s left, enough for %s h; goods can come by %s',
      coalesce(products.name, risk.product_id), shelves.shelf_id, trim_scale(shelf.available),
      round(risk.hours_of_cover::numeric, 1),
      to_char(risk.horizon_until at time zone coalesce(stores.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI')),
    jsonb_build_object(
      'probability', round(risk.probability::numeric, 3), 'hours_of_cover', round(risk.hours_of_cover::numeric, 1),
      'available', shelf.available, 'expected_lost_units', round(risk.expected_lost_units::numeric, 1),
      'horizon_until', risk.horizon_until, 'evaluated_at', risk.evaluated_at
    ),
    floor(policy.restock_to * shelves.capacity - shelf.available),
    risk.probability > 0.8
  from (
    select * from state.stock_out_risk where probability > 0.8
    union all
    select risk.*
    from ops.alert
    join state.stock_out_risk as risk using (store_id, product_id)
    where alert.alert_type = 'stock_out_risk' and alert.status <> 'resolved' and risk.probability between 0.7 and 0.8
  ) as risk
  join state.shelf as shelf using (store_id, product_id)
  join ref.shelves using (store_id, product_id)
  join ref.shelf_policy as policy using (store_id, product_id)
  left join ref.products using (product_id)
  left join ref.stores using (store_id)
  where risk.evaluated_at > as_of - interval '2 hours' and shelf.available > 0
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_store_missing(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  select
    '',
    store_id,
    null::text,
    'critical',
    round(revenue, 2),
    format('Nothing has come from the store since %s; %s transactions were to be expected', coalesce(
      to_char(greatest(last_sale_at, last_sign_at) at time zone ops.time_zone_of(store_id), 'YYYY-MM-DD HH24:MI'),
      'long ago'), round(expected)),
    jsonb_build_object('last_sale_at', last_sale_at, 'last_sign_at', last_sign_at, 'expected_transactions', round(expected, 1)),
    null::numeric,
    expected >= 7
  from ops.silent_stores(as_of)
  where not coalesce(
    last_sign_at > coalesce(last_sale_at, '-infinity') + interval '10 minutes' and last_sign_at > as_of - interval '1 hour',
    false)
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_supplier_delay(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  with recent as materialized (
    select
      orders.*,
      coalesce(supplier.name, orders.supplier_id) as supplier,
      coalesce(supplier.lead_time_days, 1) as lead_time_days,
      (as_of at time zone ops.time_zone_of(orders.location_id))::date as today
    from ops.purchase_order as orders
    left join ref.suppliers as supplier using (supplier_id)
    where status in ('approved', 'sent', 'acknowledged', 'partly_received')
      or withdrawal_due_at is not null
      or (status in ('received', 'closed', 'cancelled') and orders.updated_at > as_of - interval '1 day')
  ),
  told as materialized (
    select distinct purchase_order_id from ops.goods_receipt
    where recorded_at > as_of - interval '1 day' and status in ('delivered', 'cancelled')
  ),
  -- How far telling the supplier is: of the order where it is approved, of its cancellation where that is due.
  sending as materialized (
    select
      purchase_order_id,
      retrying.attempts,
      retrying.is_alerting,
      coalesce(retrying.last_error, refusal.reason) as reason,
      refusal.action = 'fail_send' as is_refused,
      refusal.action = 'fail_withdraw' and refusal.acted_at > as_of - interval '1 day' as is_withdrawal_refused
    from recent
    left join lateral (
      select attempts, is_alerting, last_error
      from ops.activity_retrying as retrying
      where retrying.purchase_order_id = recent.purchase_order_id
        and activity = case when status = 'approved' then 'sendPurchaseOrder' else 'withdrawPurchaseOrder' end
      order by attempts desc
      limit 1
    ) as retrying on true
    left join lateral (
      select action, acted_at, detail ->> 'reason' as reason
      from ops.purchase_order_action as action
      where action.purchase_order_id = recent.purchase_order_id
      order by action_id desc
      limit 1
    ) as refusal on refusal.action in ('fail_send', 'fail_withdraw')
    where status = 'approved' or withdrawal_due_at is not null or refusal.action = 'fail_withdraw'
  ),
  line as materialized (
    select
      recent.*,
      line.product_id,
      line.quantity,
      line.unit_cost,
      greatest(line.quantity - received_quantity - cancelled_quantity, 0) as outstanding,
      line.cancelled_quantity,
      line.damaged_quantity,
      told.purchase_order_id is not null as is_told,
      attempts,
      sending.reason,
      is_alerting,
      is_refused,
      is_withdrawal_refused
    from recent
    join ops.purchase_order_line as line using (purchase_order_id)
    left join told using (purchase_order_id)
    left join sending using (purchase_order_id)
  ),
  cause as (
    select
      kind, purchase_order_id, location_id, supplier, expected_on, total_value, lead_time_days, today, currency, attempts, reason,
      sum(units) as units,
      sum(units * unit_cost) as impact,
      count(*) as lines
    from line
    cross join lateral (
      values
        ('late', outstanding, status in ('sent', 'acknowledged', 'partly_received') and expected_on < today),
        ('short', cancelled_quantity, is_told),
        ('damaged', damaged_quantity, is_told),
        ('unsent', quantity, status = 'approved' and (updated_at < as_of - interval '1 hour' or is_alerting or is_refused)),
        (
          'not_withdrawn', case when status = 'cancelled' then quantity else cancelled_quantity end,
          withdrawal_due_at < as_of - interval '1 hour' or withdrawal_due_at is not null and is_alerting or is_withdrawal_refused
        )
    ) as kind (kind, units, holds)
    where holds and units > 0
    group by
      kind, purchase_order_id, location_id, supplier, expected_on, total_value, lead_time_days, today, currency, attempts, reason
  )
  select
    kind || '/' || purchase_order_id,
    location_id,
    null::text,
    case
      when kind = 'late' and today - expected_on > lead_time_days then 'critical'
      when kind in ('late', 'short') and impact * 2 >= total_value then 'critical'
      when kind in ('unsent', 'not_withdrawn') then 'critical'
      when kind = 'damaged' then 'info'
      else 'warning'
    end,
    impact,
    case kind
      when 'late' then format('%s from %s was expected on %s: %s units of %s products have not come',
        purchase_order_id, supplier, expected_on, ops.decimal_text(units), lines)
      when 'short' then format('%s from %s came short by %s units of %s products',
        purchase_order_id, supplier, ops.decimal_text(units), lines)
      when 'damaged' then format('%s from %s: %s units of %s products came damaged',
        purchase_order_id, supplier, ops.decimal_text(units), lines)
      when 'unsent' then format('%s is approved and has not reached %s', purchase_order_id, supplier)
      else format('%s was cancelled and %s has not been told', purchase_order_id, supplier)
    end || case
      when kind not in ('unsent', 'not_withdrawn') or reason is null then ''
      when attempts is null then ': ' || reason
      else format(', tried %s times: %s', attempts, reason)
    end,
    jsonb_build_object(
      'purchase_order_id', purchase_order_id, 'kind', kind, 'units', ops.decimal_text(units), 'products', lines,
      'expected_on', expected_on, 'currency', currency
    ) || case when kind in ('unsent', 'not_withdrawn')
      then jsonb_strip_nulls(jsonb_build_object('attempts', attempts, 'last_error', reason)) else '{}' end,
    null::numeric,
    true
  from cause
  union all
  select * from ops.overdue_plans(as_of)
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_till_silent(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  select
    '',
    store_id,
    null::text,
    'critical',
    round(revenue, 2),
    format('No sale since %s; %s transactions were to be expected', coalesce(
      to_char(last_sale_at at time zone ops.time_zone_of(store_id), 'HH24:MI'), 'long'), round(expected)),
    jsonb_build_object('last_sale_at', last_sale_at, 'last_sign_at', last_sign_at, 'expected_transactions', round(expected, 1)),
    null::numeric,
    expected >= 7
  from ops.silent_stores(as_of)
  where last_sign_at > coalesce(last_sale_at, '-infinity') + interval '10 minutes' and last_sign_at > as_of - interval '1 hour'
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_unsent_messages(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  select
    concat_ws('/', 'set_aside', relay, topic),
    '*',
    null::text,
    case relay when 'outbox' then 'critical' else 'warning' end,
    null::numeric,
    format('%s for %s: Kafka does not take %s (%s). shelfline outbox list',
      case when relay = 'outbox' and count(*) = 1 then '1 message'
        when relay = 'outbox' then count(*) || ' messages'
        when count(*) = 1 then '1 copy of a dead letter'
        else count(*) || ' copies of dead letters' end,
      case relay when 'outbox' then topic else topic || '.dlq' end,
      case when count(*) = 1 then 'it' else 'them' end,
      string_agg(distinct replace(reason, '_', ' '), ', ')),
    jsonb_build_object(
      'relay', relay, 'topic', topic, 'messages', count(*), 'first_failed_at', min(first_failed_at), 'error', max(left(error, 500))
    ),
    null::numeric,
    true
  from ops.unsent_message
  where status = 'open'
  group by relay, topic
  union all
  select
    concat_ws('/', 'failing', relay, topic),
    '*',
    null::text,
    case relay when 'outbox' then 'critical' else 'warning' end,
    null::numeric,
    format('Nothing reaches %s since %s UTC: %s',
      case relay when 'outbox' then topic else topic || '.dlq' end,
      to_char(first_failed_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'), error),
    jsonb_build_object(
      'relay', relay, 'topic', topic, 'attempts', attempts, 'first_failed_at', first_failed_at, 'error', left(error, 500)
    ),
    null::numeric,
    true
  from ops.relay_problem as problem
  where first_failed_at < clock_timestamp() - interval '5 minutes'
    and case relay
      when 'outbox' then exists (select from ops.outbox where outbox.topic = problem.topic)
      else exists (
        select from ops.dead_letters as letter
        where letter.relayed_attempts < letter.attempts and letter.topic collate "C" = problem.topic
      )
    end
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_unsent_notifications(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  select
    route.route_id,
    '*',
    null::text,
    'critical',
    null::numeric,
    format('%s by %s did not arrive: %s. shelfline notify list --status dead --route %s',
      case dead.messages when 1 then '1 notification' else dead.messages || ' notifications' end,
      route.channel, left(dead.error, 100), route.route_id),
    jsonb_build_object(
      'route', route.route_id, 'channel', route.channel, 'notifications', dead.messages, 'since', dead.since, 'error', dead.error
    ),
    null::numeric,
    true
  from ref.notification_route as route
  cross join lateral (
    select max(next_attempt_at) as at from ops.notification
    where notification.route_id = route.route_id and status = 'sent'
  ) as arrived
  cross join lateral (
    select
      count(*) as messages, min(next_attempt_at) as since,
      (array_agg(left(last_error, 500) order by next_attempt_at desc))[1] as error
    from ops.notification
    where notification.route_id = route.route_id and status = 'dead' and kind <> 'test'
      and (arrived.at is null or next_attempt_at > arrived.at)
  ) as dead
  where dead.messages > 0
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_unusual_sale(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  with line as (
    select
      store_id,
      product_id,
      count(*) as lines,
      sum(abs(amount)) as amount,
      (array_agg(anomaly order by score desc, event_key))[1] as oddest
    from ops.anomaly
    where sold_at > as_of - interval '20 minutes' and sold_at <= as_of
    group by store_id, product_id
  )
  select
    line.product_id,
    line.store_id,
    line.product_id,
    'info',
    round(amount, 2),
    format('%s: %s × %s in %s at %s is unlike other sales (%s)', coalesce(products.name, line.product_id),
      trim_scale((oddest).quantity), trim_scale((oddest).unit_price), (oddest).transaction_id,
      to_char((oddest).sold_at at time zone ops.time_zone_of(line.store_id), 'HH24:MI'),
      replace((oddest).reason, '_', ' ')),
    jsonb_build_object(
      'lines', lines, 'score', round((oddest).score::numeric, 3), 'reasons', (oddest).reasons,
      'transaction_id', (oddest).transaction_id, 'line_no', (oddest).line_no, 'model_version', (oddest).model_version
    ),
    null::numeric,
    true
  from line
  left join ref.products using (product_id)
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_weight_discrepancy(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  select
    weighed.product_id,
    weighed.store_id,
    weighed.product_id,
    case when weighed.units < weighed.available then 'critical' else 'warning' end,
    round(abs(weighed.units - weighed.available) * rate.unit_price, 2),
    format('%s on shelf %s: %s by weight, %s by count', coalesce(products.name, weighed.product_id), weighed.shelf_id,
      trim_scale(weighed.units), trim_scale(weighed.available)),
    jsonb_build_object(
      'available', weighed.available, 'weighed_units', weighed.units, 'weight', weighed.weight,
      'unit_weight', weighed.unit_weight, 'weighed_at', weighed.weighed_at
    ),
    null::numeric,
    abs(weighed.units - weighed.available) > greatest(2, 0.1 * weighed.capacity)
  from ops.weighed_shelves(as_of) as weighed
  left join ref.products using (product_id)
  left join state.sales_rate as rate using (store_id, product_id)
  where abs(weighed.units - weighed.available) > greatest(1, 0.05 * weighed.capacity)
    and not (weighed.units < 0.5 and weighed.available > 0)
$function$
;

CREATE OR REPLACE FUNCTION ops.alert_work_retried(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  select
    activity || '/' || workflow_id,
    '*',
    null::text,
    case when attempts >= 20 then 'critical' else 'warning' end,
    null::numeric,
    format('%s for %s has failed %s times: %s', activity, workflow_id, attempts, last_error),
    jsonb_build_object(
      'activity', activity, 'workflow_id', workflow_id, 'attempts', attempts, 'first_failed_at', first_failed_at,
      'last_failed_at', last_failed_at, 'last_error', last_error, 'next_try_at', next_try_at
    ),
    null::numeric,
    is_alerting
  from ops.activity_retrying
  where not (purchase_order_id is not null and activity in ('sendPurchaseOrder', 'withdrawPurchaseOrder'))
$function$
;

CREATE OR REPLACE FUNCTION ops.ask_for_counts(as_of timestamp with time zone, limit_rows integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  changed bigint;
  total bigint;
begin
  update ops.cycle_count as task
  set closed_at = as_of, outcome = case when shelf.corrected <> task.corrected_before then 'counted' else 'no longer needed' end
  from state.shelf
  where task.closed_at is null and shelf.store_id = task.store_id and shelf.product_id = task.product_id
    and (
      shelf.corrected <> task.corrected_before
      or not exists (
        select from ops.alert
        where alert_type = 'phantom_stock' and status <> 'resolved'
          and alert.store_id = task.store_id and coalesce(alert.product_id, task.product_id) = task.product_id
      )
    );
  get diagnostics total = row_count;
  insert into ops.cycle_count (store_id, product_id, shelf_id, expected, corrected_before, reason, opened_at)
  select alert.store_id, alert.product_id, shelves.shelf_id, shelf.available, shelf.corrected, alert.message, as_of
  from ops.alert
  join state.shelf using (store_id, product_id)
  left join ref.shelves using (store_id, product_id)
  where alert.alert_type = 'phantom_stock' and alert.status = 'open'
    and not exists (
      select from ops.cycle_count as task
      where task.store_id = alert.store_id and task.product_id = alert.product_id and task.opened_at >= alert.first_seen
    )
  order by alert.impact desc nulls last, alert.alert_id
  limit limit_rows
  on conflict do nothing;
  get diagnostics changed = row_count;
  return total + changed;
end
$function$
;

CREATE OR REPLACE FUNCTION ops.confirm_events(as_of timestamp with time zone, limit_rows integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  changed bigint;
  total bigint;
begin
  perform ops.lock_job('confirm_events');
  update ops.restock_pick
  set applied_at = as_of
  where event_id in (
    select event_id from ops.restock_pick
    where applied_at is null and ops.was_applied('warehouse_state', 'warehouse_events', event_id, event_date)
    limit limit_rows
  );
  get diagnostics total = row_count;

  update ops.restock_pick
  set refilled_at = as_of
  where event_id in (
    select event_id from ops.restock_pick
    where refilled_at is null and refill_sent_at is not null
      and ops.was_applied('shelf_state', 'shelf_events', refill_event_id, refill_date)
    limit limit_rows
  );
  get diagnostics changed = row_count;
  total := total + changed;

  with done as (
    update ops.restock_plan
    set status = 'refilled', closed_at = as_of
    where plan_id in (
      select plan_id from ops.restock_plan
      where status = 'picked'
        and not exists (
          select from ops.restock_pick where restock_pick.plan_id = restock_plan.plan_id and refilled_at is null
        )
      limit limit_rows
    )
    returning *
  ),
  told as materialized (
    select ops.tell_restock_plan(done) from (select * from done order by store_id, product_id) as done
  )
  select count(*) into changed from told;
  total := total + changed;

  update ops.removal
  set applied_at = as_of
  where event_id in (
    select event_id from ops.removal
    where applied_at is null
      and ops.was_applied(place || '_state', place || '_events', event_id, event_date)
    limit limit_rows
  );
  get diagnostics changed = row_count;
  return total + changed;
end
$function$
;

CREATE OR REPLACE FUNCTION ops.decimal_text(quantity numeric)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (trim_scale(round(quantity, 6)))::text
;

CREATE OR REPLACE FUNCTION ops.decision_id(kind text, VARIADIC parts text[])
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ((kind || '-'::text) || md5(array_to_string(parts, '/'::text)))
;

CREATE OR REPLACE FUNCTION ops.declare_shrinkage(as_of timestamp with time zone, limit_rows integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  changed bigint;
begin
  perform ops.lock_job('declare_shrinkage');
  with over as materialized (
    select basket.visit_date, basket.store_id, basket.product_id, basket.customer_id
    from state.basket
    cross join ref.policy_default
    left join ref.shelf_policy as policy on policy.store_id = basket.store_id and policy.product_id = basket.product_id
    left join ref.stores on stores.store_id = basket.store_id
    where basket.picked > basket.sold
      and basket.lost_at is null
      and greatest(
        basket.last_event_at,
        case when basket.customer_id = ''
          then (basket.visit_date + 1)::timestamp at time zone coalesce(stores.time_zone, 'UTC')
        end
      ) + make_interval(secs => coalesce(policy.visit_seconds, policy_default.visit_seconds)) <= as_of
    limit limit_rows
  ),
  free as materialized (
    select basket.visit_date, basket.store_id, basket.product_id, basket.customer_id
    from state.basket
    join over using (visit_date, store_id, product_id, customer_id)
    where basket.picked > basket.sold and basket.lost_at is null
    for update of basket skip locked
  )
  update state.basket
  set lost = basket.picked - basket.sold, lost_at = as_of
  from free
  where basket.visit_date = free.visit_date and basket.store_id = free.store_id
    and basket.product_id = free.product_id and basket.customer_id = free.customer_id;
  get diagnostics changed = row_count;
  return changed;
end
$function$
;

CREATE OR REPLACE FUNCTION ops.discount_near_expiry(as_of timestamp with time zone, limit_rows integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  changed bigint;
  total bigint;
begin
  perform ops.lock_job('discount_near_expiry');
  with near as materialized (
    select lot.store_id, lot.product_id, lot.batch_id, lot.expires_on, lot.on_hand, policy.markdown_percent as percent,
      local.today
    from ops.expiring_lots((as_of at time zone 'UTC')::date + (select ops.near_expiry_days_max()) + 1) as lot
    join ref.shelf_policy as policy using (store_id, product_id)
    left join ref.stores using (store_id)
    cross join lateral (select (as_of at time zone coalesce(stores.time_zone, 'UTC'))::date as today) as local
    where lot.expires_on between local.today and local.today + policy.near_expiry_days
      and policy.markdown_percent > 0
      and lot.store_id not in (select ops.places_ahead())
  ),
  ended as (
    update ops.discount
    set ended_at = as_of
    where ended_at is null
      and store_id not in (select ops.places_ahead())
      and not exists (
        select from near
        where near.store_id = discount.store_id and near.product_id = discount.product_id
          and near.batch_id = discount.batch_id and near.today = discount.discount_date
      )
    returning *
  ),
  started as (
    insert into ops.discount (store_id, product_id, batch_id, discount_date, expires_on, percent, on_hand, started_at)
    select store_id, product_id, batch_id, today, expires_on, percent, on_hand, as_of
    from near
    where not exists (
      select from ops.discount
      where discount.store_id = near.store_id and discount.product_id = near.product_id
        and discount.batch_id = near.batch_id and discount.discount_date = near.today and ended_at is null
    )
    order by store_id, product_id, batch_id
    limit limit_rows
    -- More of the lot turned up on the same day.
    on conflict (store_id, product_id, batch_id, discount_date) do update set ended_at = null
    returning *
  ),
  told as materialized (
    select ops.emit(
      'daily_discounts',
      store_id || '/' || product_id || '/' || batch_id,
      jsonb_build_object(
        'store_id', store_id,
        'product_id', product_id,
        'batch_id', batch_id,
        'discount_date', discount_date,
        'expires_on', expires_on,
        'percent', ops.decimal_text(percent),
        'started_at', started_at,
        'ended_at', ended_at
      )
    )
    -- What ends and begins anew with the day is told in this order: of a lot the newest record stays.
    from (
      select * from ended union all select * from started order by discount_date, store_id, product_id, batch_id
    ) as news
  )
  select count(*) into total from told;

  with wanted as materialized (
    select store_id, product_id, max(percent) as percent
    from ops.discount where ended_at is null
    group by store_id, product_id
  ),
  back as (
    delete from ops.markdown
    where not exists (
      select from wanted where wanted.store_id = markdown.store_id and wanted.product_id = markdown.product_id
    )
    returning store_id, product_id, price as old_price,
      coalesce(ops.list_price(store_id, product_id, as_of), regular_price) as new_price, 'regular' as reason
  ),
  down as (
    insert into ops.markdown as markdown (store_id, product_id, regular_price, price, percent, changed_at)
    select store_id, product_id, list.price, round(list.price * (1 - wanted.percent / 100), 2), wanted.percent, as_of
    from wanted
    cross join lateral (select ops.list_price(wanted.store_id, wanted.product_id, as_of) as price) as list
    where list.price > 0
      and not exists (
        select from ops.markdown as known
        where known.store_id = wanted.store_id and known.product_id = wanted.product_id and known.percent = wanted.percent
      )
    order by store_id, product_id
    limit limit_rows
    on conflict (store_id, product_id) do update set
      price = round(markdown.regular_price * (1 - excluded.percent / 100), 2),
      percent = excluded.percent, changed_at = excluded.changed_at
    returning store_id, product_id, coalesce(old.price, new.regular_price) as old_price, new.price as new_price,
      'markdown' as reason
  ),
  told as materialized (
    select ops.emit(
      'price_changes',
      store_id,
      ops.envelope(
        ops.decision_id('price', store_id, product_id, reason, extract(epoch from as_of)::text), store_id, as_of, 1
      ) || jsonb_build_object(
        'product_id', product_id,
        'old_price', ops.decimal_text(old_price),
        'new_price', ops.decimal_text(new_price),
        'reason', reason
      )
    )
    from (select * from back union all select * from down order by store_id, product_id) as news
  )
  select count(*) into changed from told;
  return total + changed;
end
$function$
;

CREATE OR REPLACE FUNCTION ops.emit(topic text, key text, payload jsonb)
 RETURNS void
 LANGUAGE sql
BEGIN ATOMIC
 INSERT INTO ops.outbox (topic, key, payload)
   VALUES (emit.topic, emit.key, (emit.payload)::json);
END
;

CREATE OR REPLACE FUNCTION ops.envelope(event_id text, place text, as_of timestamp with time zone, schema_version integer)
 RETURNS jsonb
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN jsonb_build_object('event_id', event_id, 'source', 'shelfline/jobs', 'schema_version', schema_version, 'store_id', place, 'event_at', ops.local_instant(as_of, ops.time_zone_of(place)))
;

CREATE OR REPLACE FUNCTION ops.expire_transfers(as_of timestamp with time zone)
 RETURNS bigint
 LANGUAGE sql
AS $function$
  with given_up as (
    update ops.transfer_proposal
    set state = 'expired', closed_at = as_of, updated_at = as_of
    where transfer_id in (
      select transfer_id from ops.transfer_proposal
      where state in ('proposed', 'approved') and expires_at <= as_of
      -- Two who do this at once can't deadlock.
      order by transfer_id
      for update
    )
    returning 1
  )
  select count(*) from given_up
$function$
;

CREATE OR REPLACE FUNCTION ops.expiring_lots(until date)
 RETURNS TABLE(store_id text, product_id text, batch_id text, expires_on date, on_hand numeric)
 LANGUAGE sql
 STABLE
AS $function$
  select lot.store_id, lot.product_id, lot.batch_id, lot.expires_on, lot.on_hand
  from (
    select distinct lots.store_id, lots.product_id
    from state.shelf_lot as lots
    join state.shelf as shelf using (store_id, product_id)
    where lots.expires_on <= until and lots.refilled > lots.removed and shelf.available > 0
  ) as near
  cross join lateral (
    select * from state.shelf_lot_live as live
    where live.store_id = near.store_id and live.product_id = near.product_id
    -- Keeps the planner from making a join of it, for which it would lay out the lots of every shelf.
    offset 0
  ) as lot
  where lot.on_hand > 0 and lot.expires_on <= until
$function$
;

CREATE OR REPLACE FUNCTION ops.fill_order_facts(as_of timestamp with time zone, limit_rows integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  days date[];
  total bigint;
  changed bigint;
begin
  perform ops.lock_job('fill_order_facts');
  days := array(
    select review_date
    from ops.purchase_order
    left join ops.order_fact_day on order_date = review_date
    group by review_date, order_fact_day.revisions
    having sum(revision) is distinct from order_fact_day.revisions
    order by review_date
    limit limit_rows
  );
  if cardinality(days) > 0 then
    perform analytics.ensure_partitions(days[1], days[cardinality(days)]);
    perform ops.add_order_members(days);
  end if;

  delete from analytics.fact_purchase_order where order_date = any (days);
  insert into analytics.fact_purchase_order (
    order_date, purchase_order_id, line_no, supplier_key, store_key, product_key, status, ordered_quantity,
    received_quantity, damaged_quantity, unit_cost, expected_date, received_at, proposed_quantity, cancelled_quantity, sent_at
  )
  select
    orders.review_date, purchase_order_id, line_no, supplier.supplier_key, store.store_key, product.product_key,
    orders.status, line.quantity, line.received_quantity, line.damaged_quantity, line.unit_cost, orders.expected_on,
    (
      select max(happened_at) from ops.goods_receipt as receipt
      where receipt.purchase_order_id = orders.purchase_order_id and receipt.line_no = line.line_no
        and receipt.status = 'delivered'
    ),
    line.proposed_quantity, line.cancelled_quantity, orders.sent_at
  from ops.purchase_order as orders
  join ops.purchase_order_line as line using (purchase_order_id)
  join analytics.dim_supplier as supplier using (supplier_id)
  join analytics.dim_store as store
    on store.store_id = orders.location_id and orders.created_at >= store.valid_from and orders.created_at < store.valid_to
  join analytics.dim_product as product
    on product.product_id = line.product_id and orders.created_at >= product.valid_from and orders.created_at < product.valid_to
  where orders.review_date = any (days);
  get diagnostics total = row_count;

  insert into ops.order_fact_day (order_date, revisions)
  select review_date, sum(revision) from ops.purchase_order where review_date = any (days) group by review_date
  on conflict (order_date) do update set revisions = excluded.revisions, filled_at = now();

  if cardinality(days) > 0 then
    delete from analytics.supplier_performance;
    insert into analytics.supplier_performance (
      supplier_key, store_key, lines, settled_lines, fill, damaged, deliveries, on_time, lead_time_mean_days,
      lead_time_p10_days, lead_time_p50_days, lead_time_p90_days, lead_time_deviation_days
    )
    select
      supplier_key, store_key, lines, settled_lines, fill, damaged, deliveries, on_time, lead_time_mean_days,
      lead_time_p10_days, lead_time_p50_days, lead_time_p90_days, lead_time_deviation_days
    from ops.supplier_performance as record
    join analytics.dim_supplier using (supplier_id)
    join analytics.dim_store as store on store.store_id = record.location_id and store.is_current;
  end if;

  changed := ops.judge_order_edits(as_of, limit_rows);
  return total + changed;
end
$function$
;

CREATE OR REPLACE FUNCTION ops.goods_topic(location text)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN CASE WHEN ((EXISTS (SELECT FROM ref.stores WHERE (stores.store_id = goods_topic.location))) AND (NOT (EXISTS (SELECT FROM ref.shelves WHERE (shelves.warehouse_id = goods_topic.location))))) THEN 'inventory_updates'::text ELSE 'warehouse_events'::text END
;

CREATE OR REPLACE FUNCTION ops.hours_shown(local_hour timestamp without time zone, zone text)
 RETURNS numeric
 LANGUAGE sql
 STABLE
AS $function$
  select case
    -- No change within two hours: nearly every hour of a year.
    when at_once.instant - interval '2 hours' = (local_hour - interval '2 hours') at time zone zone
      and at_once.instant + interval '3 hours' = (local_hour + interval '3 hours') at time zone zone then 1
    else (
      select count(*) / 4.0
      from generate_series(
        at_once.instant - interval '2 hours', at_once.instant + interval '2 hours 45 minutes', interval '15 minutes'
      ) as quarter
      where date_trunc('hour', quarter at time zone zone) = local_hour
    )
  end
  from (select local_hour at time zone zone as instant) as at_once
$function$
;

CREATE OR REPLACE FUNCTION ops.invoice_content(lines jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (SELECT COALESCE(jsonb_agg(jsonb_build_array(line.product_id, ops.decimal_text(line.unit_price), ops.decimal_text(line.quantity)) ORDER BY (line.product_id COLLATE "C"), line.unit_price), '[]'::jsonb) AS "coalesce" FROM (SELECT line_1.product_id, line_1.unit_price, sum(line_1.quantity) AS quantity FROM jsonb_to_recordset(invoice_content.lines) line_1(product_id text, quantity numeric, unit_price numeric) GROUP BY line_1.product_id, line_1.unit_price) line)
;

CREATE OR REPLACE FUNCTION ops.invoice_in_words(content jsonb)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (SELECT (string_agg(format('%s × %s for %s'::text, (line.line ->> 2), (line.line ->> 0), (line.line ->> 1)), ', '::text ORDER BY line.place) FILTER (WHERE (line.place <= 5)) || CASE WHEN (max(line.place) > 5) THEN ', …'::text ELSE ''::text END) FROM jsonb_array_elements(invoice_in_words.content) WITH ORDINALITY line(line, place))
;

CREATE OR REPLACE FUNCTION ops.job_lock(job text)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN hashtextextended(('ops.'::text || job), (0)::bigint)
;

CREATE OR REPLACE FUNCTION ops.judge_order_edits(as_of timestamp with time zone, limit_rows integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  changed bigint;
begin
  with edited as (
    select
      orders.*, line.line_no, line.product_id, line.proposed_quantity, line.quantity, line.unit_cost,
      edit.acted_by, edit.reason_code, greatest(1, ceil(terms.lead_time + terms.review))::integer as cover_days,
      terms.position, terms.mean_demand
    from ops.purchase_order as orders
    join ops.purchase_order_line as line using (purchase_order_id)
    join lateral (
      select acted_by, reason_code from ops.purchase_order_action as action
      where action.purchase_order_id = orders.purchase_order_id and action.line_no = line.line_no and action = 'edit'
      order by action_id desc limit 1
    ) as edit on true
    cross join lateral (
      select
        max((term ->> 'value')::numeric) filter (where term ->> 'name' = 'lead_time') as lead_time,
        max((term ->> 'value')::numeric) filter (where term ->> 'name' = 'review') as review,
        max((term ->> 'value')::numeric) filter (where term ->> 'name' = 'position') as position,
        max((term ->> 'value')::numeric) filter (where term ->> 'name' = 'mean_demand') as mean_demand
      from jsonb_array_elements(line.explanation -> 'terms') as term
      where term ->> 'unit' in ('days', 'units')
    ) as terms
    where orders.sent_at is not null and line.quantity <> line.proposed_quantity
      and terms.position is not null and terms.lead_time is not null and terms.review is not null
      and not exists (
        select from analytics.order_edit as judged
        where judged.order_date = orders.review_date and judged.purchase_order_id = orders.purchase_order_id
          and judged.line_no = line.line_no
      )
  )
  insert into analytics.order_edit (
    order_date, purchase_order_id, line_no, supplier_key, store_key, product_key, edited_by, reason_code,
    proposed_quantity, ordered_quantity, unit_cost, cover_days, position_quantity, forecast_quantity, demand_quantity
  )
  select
    review_date, edited.purchase_order_id, edited.line_no, fact.supplier_key, fact.store_key, fact.product_key, acted_by,
    reason_code,
    edited.proposed_quantity, edited.quantity, edited.unit_cost, cover_days, position, mean_demand,
    coalesce((
      select sum(day.units)
      from state.sales_day as day
      where day.product_id = edited.product_id
        and day.sale_date >= review_date and day.sale_date < review_date + cover_days
        and (
          day.store_id = edited.location_id
          or exists (
            select from ref.shelves
            where shelves.store_id = day.store_id and shelves.product_id = day.product_id
              and shelves.warehouse_id = edited.location_id
          )
        )
    ), 0)
  from edited
  join analytics.fact_purchase_order as fact
    on fact.order_date = edited.review_date and fact.purchase_order_id = edited.purchase_order_id
      and fact.line_no = edited.line_no
  where review_date + cover_days <= (as_of at time zone ops.time_zone_of(location_id))::date
  order by review_date, edited.purchase_order_id, edited.line_no
  limit limit_rows;
  get diagnostics changed = row_count;
  return changed;
end
$function$
;

CREATE OR REPLACE FUNCTION ops.list_price(of_store text, of_product text, as_of timestamp with time zone)
 RETURNS numeric
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(
    (
      select price from state.price
      where store_id = of_store and product_id = of_product and valid_from <= as_of and reason in ('regular', 'correction')
      order by valid_from desc, event_id desc limit 1
    ),
    (select unit_price from state.sales_rate where store_id = of_store and product_id = of_product)
  )
$function$
;

CREATE OR REPLACE FUNCTION ops.local_instant(instant timestamp with time zone, time_zone text)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN ((to_char((instant AT TIME ZONE time_zone), 'YYYY-MM-DD"T"HH24:MI:SS.MS'::text) || CASE WHEN ((instant AT TIME ZONE time_zone) < (instant AT TIME ZONE 'UTC'::text)) THEN '-'::text ELSE '+'::text END) || to_char((GREATEST((instant AT TIME ZONE time_zone), (instant AT TIME ZONE 'UTC'::text)) - LEAST((instant AT TIME ZONE time_zone), (instant AT TIME ZONE 'UTC'::text))), 'HH24:MI'::text))
;

CREATE OR REPLACE FUNCTION ops.lock_job(job text)
 RETURNS void
 LANGUAGE sql
RETURN pg_advisory_xact_lock(ops.job_lock(job))
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

CREATE OR REPLACE FUNCTION ops.move_transfers(as_of timestamp with time zone, limit_rows integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  changed bigint;
  total bigint;
begin
  perform ops.lock_job('move_transfers');
  total := ops.expire_transfers(as_of);

  update ops.transfer_lot
  set out_applied_at = as_of
  where out_event_id in (
    select out_event_id from ops.transfer_lot
    where out_applied_at is null and ops.movement_applied(out_topic, out_event_id, out_date)
    limit limit_rows
  );
  get diagnostics changed = row_count;
  total := total + changed;

  update ops.transfer_lot
  set in_applied_at = as_of
  where out_event_id in (
    select out_event_id from ops.transfer_lot
    where in_sent_at is not null and in_applied_at is null and ops.movement_applied(in_topic, in_event_id, in_date)
    limit limit_rows
  );
  get diagnostics changed = row_count;
  total := total + changed;

  update ops.transfer_proposal as transfer
  set state = 'received', closed_at = as_of, updated_at = as_of
  where state = 'shipped'
    and not exists (
      select from ops.transfer_lot as lot where lot.transfer_id = transfer.transfer_id and in_applied_at is null
    );
  get diagnostics changed = row_count;
  total := total + changed;

  with wanted as materialized (
    select distinct on (from_location_id, product_id) *, ops.goods_topic(from_location_id) as out_topic
    from (
      -- Locked: who plans a location gives up what is overdue, beside this job.
      select * from ops.transfer_proposal
      where state = 'approved' and expires_at > as_of
      order by decided_at, transfer_id
      limit limit_rows
      for update skip locked
    ) as approved
    order by from_location_id, product_id, decided_at, transfer_id
  ),
  lot as materialized (
    select
      wanted.transfer_id, stocked.batch_id, stocked.expires_on, stocked.free,
      sum(stocked.free) over (
        partition by wanted.transfer_id order by stocked.expires_on nulls last, stocked.received_on nulls last, stocked.batch_id
      ) - stocked.free as before
    from wanted
    cross join lateral (
      select
        live.batch_id, live.expires_on, live.received_on,
        live.on_hand - (
          select coalesce(sum(quantity), 0) from ops.lot_leaving as leaving
          where leaving.warehouse_id = live.warehouse_id and leaving.product_id = live.product_id
            and leaving.batch_id = live.batch_id
        ) as free
      from state.warehouse_lot_live as live
      where wanted.out_topic = 'warehouse_events'
        and live.warehouse_id = wanted.from_location_id and live.product_id = wanted.product_id
        and (live.expires_on is null or live.expires_on >= coalesce(good_until, (as_of at time zone 'UTC')::date + 1))
      union all
      select
        '', null, null,
        stock.on_hand - (
          select coalesce(sum(leaving.quantity), 0) from ops.transfer_lot as leaving
          where leaving.from_location_id = stock.store_id and leaving.product_id = stock.product_id
            and leaving.out_applied_at is null
        )
      from state.stock as stock
      where wanted.out_topic = 'inventory_updates'
        and stock.store_id = wanted.from_location_id and stock.product_id = wanted.product_id
    ) as stocked
    where stocked.free > 0
  ),
  gone as (
    insert into ops.transfer_lot (
      out_event_id, transfer_id, from_location_id, product_id, batch_id, expires_on, quantity, out_topic, out_date,
      in_event_id, in_topic
    )
    select
      ops.decision_id('transfer-out', transfer_id, lot.batch_id),
      transfer_id, wanted.from_location_id, wanted.product_id, lot.batch_id, lot.expires_on,
      least(lot.free, wanted.quantity - lot.before),
      wanted.out_topic, (as_of at time zone ops.time_zone_of(wanted.from_location_id))::date,
      ops.decision_id('transfer-in', transfer_id, lot.batch_id), ops.goods_topic(wanted.to_location_id)
    from wanted
    join lot using (transfer_id)
    where lot.before < wanted.quantity
    returning *
  ),
  shipped as (
    update ops.transfer_proposal as transfer
    set
      state = 'shipped', shipped_quantity = moved.quantity, shipped_at = as_of, updated_at = as_of,
      arrives_at = as_of + make_interval(days => transfer.lead_time_days)
    from (select transfer_id, sum(quantity) as quantity from gone group by transfer_id) as moved
    where transfer.transfer_id = moved.transfer_id and transfer.state = 'approved'
    returning transfer.transfer_id, transfer.to_location_id
  ),
  told as materialized (
    select ops.tell_movement(
      out_topic, out_event_id, from_location_id, product_id, batch_id, expires_on, -quantity, to_location_id, transfer_id, as_of
    )
    from (select * from gone join shipped using (transfer_id) order by from_location_id, product_id, batch_id) as gone
  )
  select count(*) into changed from told;
  total := total + changed;

  with due as materialized (
    select lot.out_event_id, transfer.to_location_id, coalesce(goods_in.told_by = 'location', false) as tells_itself
    from ops.transfer_lot as lot
    join ops.transfer_proposal as transfer using (transfer_id)
    left join ref.goods_in on goods_in.location_id = transfer.to_location_id
    where lot.in_applied_at is null and lot.in_sent_at is null and lot.out_applied_at is not null and arrives_at <= as_of
    order by arrives_at, lot.out_event_id
    limit limit_rows
  ),
  arrived as (
    update ops.transfer_lot as lot
    set
      in_sent_at = as_of,
      in_applied_at = case when tells_itself then as_of end,
      in_date = (as_of at time zone ops.time_zone_of(due.to_location_id))::date
    from due
    where lot.out_event_id = due.out_event_id
    returning lot.*, due.to_location_id, due.tells_itself
  ),
  told as materialized (
    select ops.tell_movement(
      in_topic, in_event_id, to_location_id, product_id, coalesce(nullif(batch_id, ''), transfer_id), expires_on, quantity,
      null, transfer_id, as_of
    )
    from (
      select * from arrived where not tells_itself order by to_location_id, product_id, expires_on nulls last, batch_id
    ) as arrived
  )
  select count(*) into changed from told;
  return total + changed;
end
$function$
;

CREATE OR REPLACE FUNCTION ops.movement_applied(topic text, event_id text, event_date date)
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN CASE topic WHEN 'warehouse_events'::text THEN ops.was_applied('warehouse_state'::text, topic, event_id, event_date) ELSE (EXISTS (SELECT FROM state.event_ids known WHERE ((known.event_date = movement_applied.event_date) AND (known.event_key = state.event_key('inventory_updates'::text, movement_applied.event_id))))) END
;

CREATE OR REPLACE FUNCTION ops.near_expiry_days_max()
 RETURNS integer
 LANGUAGE sql
 STABLE
AS $function$
  select max(near_expiry_days) from (
    select near_expiry_days from ref.policy_now union all select near_expiry_days from ref.policy_default
  ) as said
$function$
;

CREATE OR REPLACE FUNCTION ops.newest_drift()
 RETURNS SETOF ops.model_drift
 LANGUAGE sql
 STABLE
AS $function$
  with champion as (
    select distinct on (model_name) model_name, version
    from ops.model_alias_log
    where alias = 'champion'
    order by model_name, changed_at desc, change desc
  ),
  newest as (
    select model_name, max(drift_date) as drift_date from ops.model_drift group by model_name
  )
  select drift.*
  from ops.model_drift as drift
  join newest using (model_name, drift_date)
  join champion on champion.model_name = drift.model_name and champion.version = drift.model_version
$function$
;

CREATE OR REPLACE FUNCTION ops.now()
 RETURNS timestamp with time zone
 LANGUAGE sql
 PARALLEL RESTRICTED
RETURN COALESCE((SELECT clock.simulated_now FROM ops.clock), clock_timestamp())
;

CREATE OR REPLACE FUNCTION ops.observe_alerts(as_of timestamp with time zone, limit_rows integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  rule ops.alert_rule;
  changed bigint;
  total bigint := 0;
begin
  perform ops.lock_job('observe_alerts');
  for rule in
    select * from ops.alert_rule
    where last_as_of is null or as_of >= last_as_of + every or as_of < last_as_of or last_error is not null
    order by position
  loop
    begin
      changed := ops.observe_rule(rule, as_of, limit_rows);
      total := total + changed;
    exception when others then
      update ops.alert_rule
      set last_as_of = as_of, last_error = left(sqlstate || ' ' || sqlerrm, 1000)
      where alert_type = rule.alert_type;
    end;
  end loop;
  return total + ops.ask_for_counts(as_of, limit_rows);
end
$function$
;

CREATE OR REPLACE FUNCTION ops.observe_rule(rule ops.alert_rule, as_of timestamp with time zone, limit_rows integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  started_at constant timestamptz := clock_timestamp();
  changed bigint;
  causes bigint;
begin
  execute format($statement$
    with cause as materialized (
      select found.*, concat_ws('/', $1.alert_type, store_id, nullif(found.cause, '')) as dedup_key
      from ops.%I($2) as found
      where store_id not in (select ops.places_ahead())
    ),
    known as materialized (
      select alert_id, dedup_key, status, members, snoozed_until, last_seen
      from ops.alert where alert_type = $1.alert_type and status <> 'resolved'
    ),
    crowded as materialized (
      select
        store_id,
        concat_ws('/', $1.alert_type, store_id, '*') as dedup_key,
        count(*) as holding,
        count(*) filter (where opens) as opening,
        max(array_position(array['info', 'warning', 'critical'], severity)) as severity,
        sum(impact) as impact,
        sum(recommended_quantity) as recommended_quantity
      from cause
      where $1.group_from is not null and not exists (
        select from known
        where known.dedup_key = cause.dedup_key and known.status in ('acknowledged', 'snoozed')
      )
      group by store_id
      having count(*) filter (where opens) >= $1.group_from
        or (
          count(*) * 2 >= $1.group_from
          and exists (select from known where known.dedup_key = concat_ws('/', $1.alert_type, store_id, '*'))
        )
    ),
    holding as materialized (
      select dedup_key, store_id, product_id, severity, impact, message, evidence, recommended_quantity, 1 as members, opens
      from cause
      where store_id not in (select store_id from crowded)
        or exists (
          select from known
          where known.dedup_key = cause.dedup_key and known.status in ('acknowledged', 'snoozed')
        )
      union all
      select
        dedup_key, store_id, null, (array['info', 'warning', 'critical'])[severity], impact,
        format('%%s causes at once: %%s', holding, $1.meaning),
        jsonb_build_object('causes', holding, 'dearest', (
          select jsonb_agg(jsonb_build_object('product_id', product_id, 'impact', impact::text, 'message', message))
          from (
            select product_id, impact, message from cause
            where cause.store_id = crowded.store_id
            order by impact desc nulls last, cause limit 10
          ) as dearest
        )),
        recommended_quantity, holding::integer, true
      from crowded
    ),
    seen as (
      update ops.alert
      set
        last_seen = greatest(alert.last_seen, $2),
        severity = holding.severity,
        impact = holding.impact,
        message = left(holding.message, 200),
        evidence = holding.evidence,
        recommended_quantity = holding.recommended_quantity,
        members = holding.members,
        status = case when alert.status = 'snoozed' and alert.snoozed_until <= $2 then 'open' else alert.status end,
        snoozed_until = case when alert.status = 'snoozed' and alert.snoozed_until > $2 then alert.snoozed_until end,
        updated_at = clock_timestamp()
      from holding
      where alert.dedup_key = holding.dedup_key and alert.status <> 'resolved'
      returning old.status as status_before, new.status as status_after
    ),
    opened as (
      insert into ops.alert as alert (
        dedup_key, alert_type, store_id, product_id, severity, impact, message, evidence, recommended_quantity, members,
        first_seen, last_seen
      )
      select
        dedup_key, $1.alert_type, store_id, product_id, severity, impact, left(message, 200), evidence,
        recommended_quantity, members, $2, $2
      from holding
      where opens and not exists (select from known where known.dedup_key = holding.dedup_key)
      order by impact desc nulls last, dedup_key
      limit $3
      on conflict do nothing
      returning *
    ),
    gone as (
      update ops.alert
      set
        status = 'resolved',
        resolved_at = $2,
        snoozed_until = null,
        status_by = null,
        status_why = case when alert.store_id in (select store_id from crowded) then 'part of a group' else 'no longer so' end,
        updated_at = clock_timestamp()
      where alert.alert_type = $1.alert_type and alert.status <> 'resolved'
        and not exists (select from holding where holding.dedup_key = alert.dedup_key)
        and (
          alert.last_seen <= $2 - $1.resolve_after
          or (
            alert.product_id is not null and alert.store_id in (select store_id from crowded)
            and exists (select from cause where cause.dedup_key = alert.dedup_key)
          )
        )
      returning alert_id
    ),
    told as materialized (
      select ops.emit(
        $1.topic,
        store_id,
        ops.envelope(
          ops.decision_id('alert', dedup_key, extract(epoch from first_seen)::text), store_id, $2, 1
        ) || jsonb_strip_nulls(jsonb_build_object(
          'alert_id', alert_id::text,
          'product_id', product_id,
          'alert_type', alert_type,
          'severity', severity,
          'message', message,
          'recommended_quantity', case when $1.topic = 'restock_alerts'
            then ops.decimal_text(greatest(coalesce(recommended_quantity, 0), 0)) end
        ))
      )
      from (select * from opened order by impact desc nulls last, dedup_key) as opened
    )
    select
      (select count(*) from told) + (select count(*) from gone)
        + (select count(*) from seen where status_before <> status_after),
      (select count(*) from cause)
  $statement$, 'alert_' || rule.alert_type)
  into changed, causes
  using rule, as_of, limit_rows;
  update ops.alert_rule
  set last_as_of = as_of, last_causes = causes, last_error = null,
    last_ms = round(extract(epoch from clock_timestamp() - started_at) * 1000, 1)
  where alert_type = rule.alert_type;
  return changed;
end
$function$
;

CREATE OR REPLACE FUNCTION ops.overdue_plans(as_of timestamp with time zone)
 RETURNS SETOF ops.alert_cause
 LANGUAGE sql
 STABLE
AS $function$
  select
    'plan/' || plan.product_id,
    plan.warehouse_id,
    plan.product_id,
    case when before.status = 'lapsed' then 'critical' else 'warning' end,
    case when sells.currencies = 1 then sells.a_day end,
    case
      when plan.due_at < as_of then format('%s for warehouse %s: %s units were due on %s and have not come',
        coalesce(products.name, plan.product_id), plan.warehouse_id, ops.decimal_text(missing.units), missing.due_on)
      else format('%s for warehouse %s: of %s units that were due on %s, %s came; %s more are due on %s',
        coalesce(products.name, plan.product_id), plan.warehouse_id, ops.decimal_text(before.quantity),
        (before.due_at at time zone 'UTC')::date, ops.decimal_text(before.received_quantity),
        ops.decimal_text(missing.units), missing.due_on)
    end,
    jsonb_build_object(
      'plan_id', plan.plan_id, 'kind', 'plan', 'units', ops.decimal_text(missing.units), 'due_at', plan.due_at,
      'on_hand', warehouse.on_hand, 'given_up', before.plan_id, 'currency', case when sells.currencies = 1 then sells.currency end
    ),
    null::numeric,
    true
  from ops.supplier_plan as plan
  left join state.warehouse using (warehouse_id, product_id)
  left join ref.products using (product_id)
  left join lateral (
    select * from ops.supplier_plan as older
    where older.warehouse_id = plan.warehouse_id and older.product_id = plan.product_id and older.planned_at < plan.planned_at
    order by older.planned_at desc limit 1
  ) as before on before.status in ('short', 'lapsed')
  cross join lateral (
    select
      plan.quantity - greatest(coalesce(warehouse.received, 0) - plan.received_before, 0) as units,
      (plan.due_at at time zone 'UTC')::date as due_on
  ) as missing
  cross join lateral (
    select round(sum(rate.units_per_day * rate.unit_price), 2) as a_day, count(distinct stores.currency) as currencies,
      min(stores.currency) as currency
    from ref.shelves
    join ref.stores using (store_id)
    join state.sales_rate as rate using (store_id, product_id)
    where shelves.warehouse_id = plan.warehouse_id and shelves.product_id = plan.product_id
  ) as sells
  where plan.closed_at is null and missing.units > 0
    and (missing.due_on < (as_of at time zone 'UTC')::date or before.plan_id is not null)
$function$
;

CREATE OR REPLACE FUNCTION ops.pick_restock(as_of timestamp with time zone, limit_rows integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  changed bigint;
  total bigint;
begin
  perform ops.lock_job('pick_restock');
  with needless as (
    update ops.restock_plan as plan
    set status = 'cancelled', closed_at = as_of
    from state.shelf
    join ref.shelf_policy as policy using (store_id, product_id)
    where plan.status = 'open'
      and plan.store_id = shelf.store_id and plan.product_id = shelf.product_id
      and shelf.available >= policy.restock_below * plan.capacity
    returning plan.*
  ),
  told as materialized (
    select ops.tell_restock_plan(needless) from (select * from needless order by store_id, product_id) as needless
  )
  select count(*) into total from told;

  -- Plans and lots of one product in one warehouse are laid out as intervals of units; where they overlap is a pick.
  with wanted as materialized (
    select
      plan.*,
      sum(quantity) over (queue) - quantity as from_unit,
      sum(quantity) over (queue) as to_unit
    from (
      select * from ops.restock_plan where status = 'open' order by planned_at, plan_id limit limit_rows
    ) as plan
    window queue as (partition by warehouse_id, product_id order by planned_at, plan_id)
  ),
  lot as materialized (
    select
      warehouse_id, product_id, batch_id, expires_on,
      sum(free) over (queue) - free as from_unit,
      sum(free) over (queue) as to_unit
    from (
      select lot.*, lot.on_hand - coalesce(leaving.quantity, 0) as free
      from (select distinct warehouse_id, product_id from wanted) as needed
      cross join lateral (
        select * from state.warehouse_lot_live as live
        where live.warehouse_id = needed.warehouse_id and live.product_id = needed.product_id and live.on_hand > 0
        -- Keeps the planner from making a join of it, for which it would lay out the lots of every warehouse.
        offset 0
      ) as lot
      left join (
        select warehouse_id, product_id, batch_id, sum(quantity) as quantity
        from ops.lot_leaving
        group by warehouse_id, product_id, batch_id
      ) as leaving
        on leaving.warehouse_id = lot.warehouse_id and leaving.product_id = lot.product_id and leaving.batch_id = lot.batch_id
      where lot.on_hand > coalesce(leaving.quantity, 0)
        and (lot.expires_on is null or lot.expires_on > (as_of at time zone 'UTC')::date)
    ) as stocked
    window queue as (
      partition by warehouse_id, product_id order by expires_on nulls last, received_on nulls last, batch_id
    )
  ),
  picked as (
    insert into ops.restock_pick (
      event_id, plan_id, store_id, product_id, warehouse_id, batch_id, expires_on, quantity, picked_at, event_date,
      refill_due_at, refill_event_id
    )
    select
      ops.decision_id('pick', wanted.plan_id, lot.batch_id),
      wanted.plan_id, wanted.store_id, wanted.product_id, wanted.warehouse_id, lot.batch_id, lot.expires_on,
      least(wanted.to_unit, lot.to_unit) - greatest(wanted.from_unit, lot.from_unit),
      as_of,
      (as_of at time zone ops.time_zone_of(wanted.warehouse_id))::date,
      as_of + make_interval(secs => policy.refill_delay_seconds),
      ops.decision_id('refill', wanted.plan_id, lot.batch_id)
    from wanted
    join lot using (warehouse_id, product_id)
    join ref.shelf_policy as policy using (store_id, product_id)
    where lot.from_unit < wanted.to_unit and wanted.from_unit < lot.to_unit
    on conflict do nothing
    returning *
  ),
  sent as materialized (
    select ops.emit(
      'warehouse_events',
      warehouse_id,
      ops.envelope(event_id, warehouse_id, as_of, 2) || jsonb_build_object(
        'warehouse_id', warehouse_id,
        'product_id', product_id,
        'batch_id', nullif(batch_id, ''),
        'direction', 'out',
        'quantity', ops.decimal_text(quantity),
        'reason', 'store_refill',
        'expires_on', expires_on,
        'destination_store_id', store_id,
        'plan_id', plan_id
      )
    )
    from (select * from picked order by warehouse_id, store_id, product_id, expires_on nulls last, batch_id) as picked
  ),
  outcome as (
    select wanted.plan_id, coalesce(sum(picked.quantity), 0) as quantity
    from wanted left join picked using (plan_id)
    group by wanted.plan_id
  ),
  gone as (
    update ops.restock_plan as plan
    set
      status = case when outcome.quantity > 0 then 'picked' else 'open' end,
      picked_quantity = outcome.quantity,
      picked_at = case when outcome.quantity > 0 then as_of end,
      is_short = outcome.quantity < plan.quantity
    from outcome
    where plan.plan_id = outcome.plan_id and (outcome.quantity > 0 or not plan.is_short)
    returning plan.*
  ),
  told as materialized (
    select ops.tell_restock_plan(gone) from (select * from gone order by store_id, product_id) as gone
  )
  select (select count(*) from told) + (select count(*) from sent) into changed;
  return total + changed;
end
$function$
;

CREATE OR REPLACE FUNCTION ops.places_ahead()
 RETURNS SETOF text
 LANGUAGE sql
 STABLE
AS $function$
  select unnest(places_ahead) from ops.clock
$function$
;

CREATE OR REPLACE FUNCTION ops.plan_restock(as_of timestamp with time zone, limit_rows integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  changed bigint;
begin
  perform ops.lock_job('plan_restock');
  with low as materialized (
    select shelf.store_id, shelf.product_id, shelf.warehouse_id, shelf.capacity, shelf.available,
      floor(policy.restock_to * shelf.capacity - greatest(shelf.available, 0)) as quantity
    from ops.shelves_up_to(ops.restock_below_max()) as shelf
    join ref.shelf_policy as policy using (store_id, product_id)
    where shelf.available < policy.restock_below * shelf.capacity
  ),
  planned as (
    insert into ops.restock_plan (plan_id, store_id, product_id, warehouse_id, quantity, available, capacity, planned_at)
    select
      ops.decision_id('restock', store_id, product_id, extract(epoch from as_of)::text),
      store_id, product_id, warehouse_id, quantity, available, capacity, as_of
    from low
    where quantity > 0
      and not exists (
        select from ops.restock_plan as plan
        where plan.store_id = low.store_id and plan.product_id = low.product_id and plan.closed_at is null
      )
    order by available / nullif(capacity, 0), store_id, product_id
    limit limit_rows
    on conflict do nothing
    returning *
  ),
  told as materialized (
    select ops.tell_restock_plan(planned) from (select * from planned order by store_id, product_id) as planned
  )
  select count(*) into changed from told;
  return changed;
end
$function$
;

CREATE OR REPLACE FUNCTION ops.plan_supply(as_of timestamp with time zone, limit_rows integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  changed bigint;
  total bigint;
begin
  perform ops.lock_job('plan_supply');
  with received as (
    select plan.plan_id, greatest(coalesce(warehouse.received, 0) - plan.received_before, 0) as quantity
    from ops.supplier_plan as plan
    left join state.warehouse using (warehouse_id, product_id)
    where plan.closed_at is null
  ),
  ended as (
    update ops.supplier_plan as plan
    set
      received_quantity = received.quantity,
      status = case when received.quantity >= plan.quantity then 'received' when received.quantity > 0 then 'short' else 'lapsed' end,
      closed_at = as_of
    from received
    where plan.plan_id = received.plan_id
      and (received.quantity >= plan.quantity or as_of > plan.due_at + greatest(plan.due_at - plan.planned_at, interval '1 day'))
    returning plan.*
  ),
  told as materialized (
    select ops.tell_supplier_plan(ended) from (select * from ended order by warehouse_id, product_id) as ended
  )
  select count(*) into total from told;

  with stock as materialized (
    select warehouse_id, product_id, sum(on_hand) as on_hand
    from state.warehouse_lot_live
    where expires_on is null or expires_on > (as_of at time zone 'UTC')::date
    group by warehouse_id, product_id
  ),
  leaving as (
    select warehouse_id, product_id, sum(quantity) as quantity
    from ops.lot_leaving
    group by warehouse_id, product_id
  ),
  demand as (
    select shelves.warehouse_id, shelves.product_id, sum(rate.units_per_day) as units_per_day
    from ref.shelves join state.sales_rate as rate using (store_id, product_id)
    group by shelves.warehouse_id, shelves.product_id
  ),
  position as materialized (
    select
      policy.warehouse_id, policy.product_id, policy.lead_time_days, policy.pack_size,
      coalesce(warehouse.received, 0) as received,
      coalesce(stock.on_hand, 0) - coalesce(leaving.quantity, 0) as on_hand,
      point.reorder_point,
      coalesce(policy.order_up_to, 2 * point.reorder_point) as order_up_to
    from ref.warehouse_policy as policy
    left join state.warehouse using (warehouse_id, product_id)
    left join stock using (warehouse_id, product_id)
    left join leaving using (warehouse_id, product_id)
    left join demand using (warehouse_id, product_id)
    cross join lateral (
      select coalesce(
        policy.reorder_point,
        greatest(policy.shelf_capacity, coalesce(demand.units_per_day, 0) * (policy.lead_time_days + 2))
      ) as reorder_point
    ) as point
  ),
  planned as (
    insert into ops.supplier_plan (
      plan_id, warehouse_id, product_id, quantity, on_hand, reorder_point, order_up_to, received_before, planned_at, due_at
    )
    select
      ops.decision_id('supply', warehouse_id, product_id, extract(epoch from as_of)::text),
      warehouse_id, product_id, ceil((order_up_to - on_hand) / pack_size) * pack_size, on_hand, reorder_point, order_up_to,
      received, as_of, as_of + lead_time_days * interval '1 day'
    from position
    where on_hand < reorder_point and on_hand < order_up_to
      and not exists (
        select from ref.supply_terms as terms
        where terms.product_id = position.product_id
          and (terms.location_id is null or terms.location_id = position.warehouse_id)
      )
      and not exists (
        select from ops.supplier_plan as plan
        where plan.warehouse_id = position.warehouse_id and plan.product_id = position.product_id and plan.closed_at is null
      )
    order by on_hand / nullif(reorder_point, 0), warehouse_id, product_id
    limit limit_rows
    on conflict do nothing
    returning *
  ),
  told as materialized (
    select ops.tell_supplier_plan(planned) from (select * from planned order by warehouse_id, product_id) as planned
  )
  select count(*) into changed from told;
  return total + changed;
end
$function$
;

CREATE OR REPLACE FUNCTION ops.prune(as_of timestamp with time zone, limit_rows integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  changed bigint;
  total bigint := 0;
  kept record;
begin
  perform ops.lock_job('prune');
  total := state.forget_baskets((as_of - interval '8 days')::date, limit_rows)
    + state.forget_lots((as_of - interval '3 days')::date, limit_rows);
  total := total + (select coalesce(sum(forgotten), 0) from ops.prune_windows(as_of, limit_rows));
  for kept in
    select * from (values
      ('restock_plan', 'closed_at', interval '3 days'),
      ('supplier_plan', 'closed_at', interval '30 days'),
      ('discount', 'ended_at', interval '30 days'),
      ('removal', 'applied_at', interval '30 days'),
      ('cycle_count', 'closed_at', interval '30 days'),
      ('alert', 'resolved_at', interval '30 days'),
      ('anomaly', 'sold_at', interval '30 days'),
      ('transfer_proposal', 'closed_at', interval '1 year'),
      ('unsent_message', 'settled_at', interval '30 days')
    ) as tables (name, closed, age)
  loop
    execute format(
      'delete from ops.%1$I where ctid = any (array(select ctid from ops.%1$I where %2$I < $1 order by %2$I limit $2))',
      kept.name, kept.closed
    ) using as_of - kept.age, limit_rows;
    get diagnostics changed = row_count;
    total := total + changed;
  end loop;
  return total;
end
$function$
;

CREATE OR REPLACE FUNCTION ops.prune_windows(as_of timestamp with time zone, row_limit integer)
 RETURNS TABLE(relation text, forgotten bigint)
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
  if frontier is null then
    return;
  end if;
  return query
  select target, state.drop_days(target, today - days, row_limit)::bigint
  from (values
    (1, 'window_event', rules.window_days),
    (2, 'sales_window', rules.window_days),
    (3, 'sales_hour', rules.hour_days),
    (4, 'sale_line', rules.line_days),
    (5, 'stock_movement', rules.line_days)
  ) as forget (turn, target, days)
  order by turn;
  return query values
    ('price', state.forget_prices(today - rules.line_days, row_limit)),
    ('online_order', state.forget_orders((today - rules.order_days)::timestamp at time zone 'UTC', row_limit));
end;
$function$
;

CREATE OR REPLACE FUNCTION ops.refill_shelves(as_of timestamp with time zone, limit_rows integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  changed bigint;
begin
  perform ops.lock_job('refill_shelves');
  with due as materialized (
    select event_id, ops.time_zone_of(store_id) as time_zone
    from ops.restock_pick
    where applied_at is not null and refill_sent_at is null and refill_due_at <= as_of
    order by refill_due_at, event_id
    limit limit_rows
  ),
  arrived as (
    update ops.restock_pick as pick
    set refill_sent_at = as_of, refill_date = (as_of at time zone due.time_zone)::date
    from due
    where pick.event_id = due.event_id
    returning pick.*
  ),
  sent as materialized (
    select ops.emit(
      'shelf_events',
      arrived.store_id,
      ops.envelope(arrived.refill_event_id, arrived.store_id, as_of, 2) || jsonb_build_object(
        'shelf_id', shelves.shelf_id,
        'product_id', arrived.product_id,
        'event_type', 'refill',
        'quantity', ops.decimal_text(arrived.quantity),
        'batch_id', nullif(arrived.batch_id, ''),
        'expires_on', arrived.expires_on
      )
    )
    from (select * from arrived order by store_id, product_id, expires_on nulls last, batch_id) as arrived
    join ref.shelves using (store_id, product_id)
  )
  select count(*) into changed from sent;
  return changed;
end
$function$
;

CREATE OR REPLACE FUNCTION ops.refresh_sales_rates(as_of timestamp with time zone, limit_rows integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  changed bigint;
begin
  perform ops.lock_job('refresh_sales_rates');
  with outdated as materialized (
    select store_id, today
    from (
      select stores.store_id, (as_of at time zone stores.time_zone)::date as today,
        (select max(rate_date) from ops.sales_rate_day where sales_rate_day.store_id = stores.store_id) as done
      from ref.stores
    ) as store
    where done is distinct from today
    order by done nulls first, store_id
    -- Some hundred products a store: so many stores keep to the limit.
    limit greatest(limit_rows / 500, 1)
  ),
  marked as (
    insert into ops.sales_rate_day (store_id, rate_date)
    select store_id, today from outdated
    on conflict (store_id) do update set rate_date = excluded.rate_date
  ),
  counted as (
    select outdated.store_id, outdated.today, count(*) as days
    from outdated
    cross join lateral (
      select distinct sale_date from state.sales_day as day
      where day.store_id = outdated.store_id and day.sale_date between outdated.today - 28 and outdated.today - 1
    ) as sold
    group by outdated.store_id, outdated.today
  )
  insert into state.sales_rate as rate (store_id, product_id, rate_date, units_per_day, unit_price)
  select day.store_id, day.product_id, counted.today, greatest(round(sum(day.units) / counted.days, 4), 0),
    round(sum(day.revenue) / nullif(sum(day.units), 0), 2)
  from counted
  join state.sales_day as day
    on day.store_id = counted.store_id and day.sale_date between counted.today - 28 and counted.today - 1
  group by day.store_id, day.product_id, counted.today, counted.days
  having sum(day.units) > 0 and sum(day.revenue) >= 0
  on conflict (store_id, product_id) do update set
    rate_date = excluded.rate_date, units_per_day = excluded.units_per_day, unit_price = excluded.unit_price;
  get diagnostics changed = row_count;
  return changed;
end
$function$
;

CREATE OR REPLACE FUNCTION ops.remove_expired(as_of timestamp with time zone, limit_rows integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  changed bigint;
  total bigint;
begin
  perform ops.lock_job('remove_expired');
  with expired as materialized (
    select lot.store_id, lot.product_id, lot.batch_id, lot.expires_on, lot.on_hand, shelves.shelf_id,
      (as_of at time zone coalesce(stores.time_zone, 'UTC'))::date as today
    from ops.expiring_lots((as_of at time zone 'UTC')::date) as lot
    join ref.shelves using (store_id, product_id)
    left join ref.stores using (store_id)
    where lot.expires_on < (as_of at time zone coalesce(stores.time_zone, 'UTC'))::date
  ),
  removed as (
    insert into ops.removal (
      event_id, place, place_id, product_id, batch_id, expires_on, quantity, unit_price, decided_at, event_date
    )
    select
      ops.decision_id('removal', 'shelf', store_id, product_id, batch_id, extract(epoch from as_of)::text),
      'shelf', store_id, product_id, batch_id, expires_on, on_hand, rate.unit_price, as_of, today
    from expired
    left join state.sales_rate as rate using (store_id, product_id)
    where not exists (
      select from ops.removal
      where place = 'shelf' and place_id = expired.store_id and removal.product_id = expired.product_id
        and removal.batch_id = expired.batch_id and applied_at is null
    )
    order by store_id, product_id, batch_id
    limit limit_rows
    on conflict do nothing
    returning *
  ),
  sent as materialized (
    select ops.emit(
      'shelf_events',
      removed.place_id,
      ops.envelope(removed.event_id, removed.place_id, as_of, 2) || jsonb_build_object(
        'shelf_id', expired.shelf_id,
        'product_id', removed.product_id,
        'event_type', 'removal',
        'quantity', ops.decimal_text(removed.quantity),
        'batch_id', nullif(removed.batch_id, ''),
        'expires_on', removed.expires_on
      )
    )
    from (select * from removed order by place_id, product_id, batch_id) as removed
    join expired
      on expired.store_id = removed.place_id and expired.product_id = removed.product_id
      and expired.batch_id = removed.batch_id
  )
  select count(*) into total from sent;

  with expired as materialized (
    select lot.warehouse_id, lot.product_id, lot.batch_id, lot.expires_on,
      lot.on_hand - coalesce(leaving.quantity, 0) as on_hand,
      (as_of at time zone coalesce(stores.time_zone, 'UTC'))::date as today
    from state.warehouse_lot_live as lot
    left join ref.stores on stores.store_id = lot.warehouse_id
    left join lateral (
      select sum(quantity) as quantity from ops.lot_leaving
      where warehouse_id = lot.warehouse_id and product_id = lot.product_id and batch_id = lot.batch_id
    ) as leaving on true
    where lot.on_hand > 0
      and lot.expires_on < (as_of at time zone coalesce(stores.time_zone, 'UTC'))::date
  ),
  removed as (
    insert into ops.removal (event_id, place, place_id, product_id, batch_id, expires_on, quantity, decided_at, event_date)
    select
      ops.decision_id('removal', 'warehouse', warehouse_id, product_id, batch_id, extract(epoch from as_of)::text),
      'warehouse', warehouse_id, product_id, batch_id, expires_on, on_hand, as_of, today
    from expired
    where on_hand > 0
      and not exists (
        select from ops.removal
        where place = 'warehouse' and place_id = expired.warehouse_id and removal.product_id = expired.product_id
          and removal.batch_id = expired.batch_id and applied_at is null
      )
    order by warehouse_id, product_id, batch_id
    limit limit_rows
    on conflict do nothing
    returning *
  ),
  sent as materialized (
    select ops.emit(
      'warehouse_events',
      place_id,
      ops.envelope(event_id, place_id, as_of, 2) || jsonb_build_object(
        'warehouse_id', place_id,
        'product_id', product_id,
        'batch_id', nullif(batch_id, ''),
        'direction', 'out',
        'quantity', ops.decimal_text(quantity),
        'reason', 'waste',
        'expires_on', expires_on
      )
    )
    from (select * from removed order by place_id, product_id, batch_id) as removed
  )
  select count(*) into changed from sent;
  return total + changed;
end
$function$
;

CREATE OR REPLACE FUNCTION ops.restock_below_max()
 RETURNS numeric
 LANGUAGE sql
 STABLE
AS $function$
  select max(restock_below) from (
    select restock_below from ref.policy_now union all select restock_below from ref.policy_default
  ) as said
$function$
;

CREATE OR REPLACE FUNCTION ops.run_minute_job(wanted text, as_of timestamp with time zone, limit_rows integer)
 RETURNS TABLE(job text, changed bigint, ms numeric, error text)
 LANGUAGE plpgsql
 SET lock_timeout TO '5s'
AS $function$
declare
  started_at constant timestamptz := clock_timestamp();
begin
  job := wanted;
  changed := 0;
  ms := 0;
  if not exists (
    select from ops.minute_job
    where minute_job.job = wanted
      and (last_as_of is null or as_of >= last_as_of + every or as_of < last_as_of or last_error is not null)
  ) or not pg_try_advisory_xact_lock(ops.job_lock(wanted)) then
    return next;
    return;
  end if;
  begin
    execute format('select ops.%I($1, $2)', wanted) into changed using as_of, limit_rows;
  exception when others then
    changed := 0;
    error := left(sqlstate || ' ' || sqlerrm, 1000);
  end;
  ms := round(extract(epoch from clock_timestamp() - started_at) * 1000, 1);
  update ops.minute_job
  set
    last_as_of = as_of,
    last_changed = changed,
    last_ms = ms,
    last_finished_at = case when error is null then clock_timestamp() else last_finished_at end,
    last_error = error,
    last_failed_at = case when error is null then last_failed_at else clock_timestamp() end,
    failures = failures + (error is not null)::integer
  where minute_job.job = wanted;
  return next;
end
$function$
;

CREATE OR REPLACE FUNCTION ops.run_minute_jobs(as_of timestamp with time zone, limit_rows integer)
 RETURNS TABLE(job text, changed bigint, ms numeric, error text)
 LANGUAGE sql
AS $function$
  select run.*
  from (select job from ops.minute_job order by position) as known
  cross join lateral ops.run_minute_job(known.job, as_of, limit_rows) as run
$function$
;

CREATE OR REPLACE FUNCTION ops.settle_holds(as_of timestamp with time zone, limit_rows integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  changed bigint;
begin
  perform ops.lock_job('settle_holds');
  with due as materialized (
    select basket.visit_date, basket.store_id, basket.product_id, basket.customer_id,
      basket.last_pick_at + make_interval(secs => coalesce(policy.hold_seconds, policy_default.hold_seconds)) as taken_at
    from state.basket
    cross join ref.policy_default
    left join ref.shelf_policy as policy on policy.store_id = basket.store_id and policy.product_id = basket.product_id
    where basket.taken_at is null
      and basket.picked > basket.sold
      and basket.last_pick_at + make_interval(secs => coalesce(policy.hold_seconds, policy_default.hold_seconds)) <= as_of
    limit limit_rows
  ),
  free as materialized (
    select basket.visit_date, basket.store_id, basket.product_id, basket.customer_id, due.taken_at
    from state.basket
    join due using (visit_date, store_id, product_id, customer_id)
    where basket.picked > basket.sold and basket.taken_at is null
    for update of basket skip locked
  )
  update state.basket
  set taken_at = free.taken_at
  from free
  where basket.visit_date = free.visit_date and basket.store_id = free.store_id
    and basket.product_id = free.product_id and basket.customer_id = free.customer_id;
  get diagnostics changed = row_count;
  return changed;
end
$function$
;

CREATE OR REPLACE FUNCTION ops.severity_rank(severity text)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE STRICT
RETURN array_position(ARRAY['info'::text, 'warning'::text, 'critical'::text], severity)
;

CREATE OR REPLACE FUNCTION ops.shelves_up_to(share numeric)
 RETURNS TABLE(store_id text, product_id text, shelf_id text, warehouse_id text, capacity numeric, available numeric, last_sale_at timestamp with time zone, last_refill_at timestamp with time zone)
 LANGUAGE plpgsql
 STABLE ROWS 2000
AS $function$
begin
  return query
  select
    shelf.store_id, shelf.product_id, shelves.shelf_id, shelves.warehouse_id, shelves.capacity, shelf.available,
    shelf.last_sale_at, shelf.last_refill_at
  from state.shelf as shelf
  join ref.shelves using (store_id, product_id)
  where shelf.available <= share * shelves.capacity and shelves.capacity > 0;
end
$function$
;

CREATE OR REPLACE FUNCTION ops.silent_stores(as_of timestamp with time zone)
 RETURNS TABLE(store_id text, last_sale_at timestamp with time zone, last_sign_at timestamp with time zone, expected numeric, revenue numeric)
 LANGUAGE sql
 STABLE
AS $function$
  with heard as materialized (
    select stores.store_id, stores.time_zone, sales.last_at as last_sale_at,
      greatest(doors.last_at, shelves.last_at) as last_sign_at
    from ref.stores
    left join (
      select store_id, max(last_pick_at) as last_at from state.shelf where last_pick_at <= as_of group by store_id
    ) as shelves using (store_id)
    left join lateral (
      select window_start + interval '5 minutes' as last_at from state.sales_window as live
      where live.store_id = stores.store_id and live.product_id = '' and live.transactions > 0
        and live.window_start <= as_of
      order by window_start desc limit 1
    ) as sales on true
    left join lateral (
      select window_start + interval '5 minutes' as last_at from state.sales_window as live
      where live.store_id = stores.store_id and live.product_id = '' and live.entries + live.exits > 0
        and live.window_start <= as_of
      order by window_start desc limit 1
    ) as doors on true
    where coalesce(sales.last_at, '-infinity') < as_of - interval '10 minutes'
  ),
  quiet as (
    select heard.*,
      greatest(last_sale_at, as_of - interval '1 day') as silent_from
    from heard
  )
  select quiet.store_id, quiet.last_sale_at, quiet.last_sign_at, usual.transactions, usual.revenue
  from quiet
  cross join lateral (
    select
      sum(hours.transactions * overlap.share) as transactions,
      sum(hours.revenue * overlap.share) as revenue
    from (
      -- How long the silence has lasted, by the hours that the store's clock showed meanwhile. The time that passes is told by
      -- instants, and every time zone's hours begin on a quarter of an hour.
      select
        date_trunc('hour', quarter at time zone quiet.time_zone) as local_start,
        sum(extract(epoch from least(quarter + interval '15 minutes', as_of) - greatest(quarter, quiet.silent_from))) / 3600
          as share
      from generate_series(
        date_bin('15 minutes', quiet.silent_from, '2000-01-01 00:00+00'), as_of, interval '15 minutes'
      ) as quarter
      group by 1
    ) as overlap
    join ops.usual_hours(
      quiet.store_id,
      date_trunc('hour', quiet.silent_from at time zone quiet.time_zone), date_trunc('hour', as_of at time zone quiet.time_zone)
    ) as hours using (local_start)
  ) as usual
  where usual.transactions >= 3
$function$
;

CREATE OR REPLACE FUNCTION ops.tell_movement(topic text, event_id text, place text, product text, batch_id text, expires_on date, quantity numeric, destination text, transfer_id text, as_of timestamp with time zone)
 RETURNS void
 LANGUAGE sql
AS $function$
  select ops.emit(
    topic,
    place,
    case topic
      when 'warehouse_events' then ops.envelope(event_id, place, as_of, 2) || jsonb_build_object(
        'warehouse_id', place,
        'product_id', product,
        'batch_id', nullif(batch_id, ''),
        'direction', case when quantity < 0 then 'out' else 'in' end,
        'quantity', ops.decimal_text(abs(quantity)),
        'reason', 'transfer',
        'expires_on', expires_on,
        'destination_store_id', destination,
        'plan_id', transfer_id
      )
      else ops.envelope(event_id, place, as_of, 1) || jsonb_build_object(
        'inventory_id', place || '/' || product,
        'product_id', product,
        'quantity_change', ops.decimal_text(quantity),
        'new_quantity', ops.decimal_text(quantity + coalesce((
          select on_hand from state.stock where stock.store_id = place and stock.product_id = product
        ), 0)),
        'reason', 'transfer'
      )
    end
  )
$function$
;

CREATE OR REPLACE FUNCTION ops.tell_purchase_order(wanted text)
 RETURNS void
 LANGUAGE sql
AS $function$
  select ops.emit(
    'purchase_orders',
    purchase_order_id,
    jsonb_build_object(
      'purchase_order_id', purchase_order_id,
      'supplier_id', supplier_id,
      'location_id', location_id,
      'review_date', review_date,
      'status', status,
      'revision', revision,
      'currency', currency,
      'total_value', ops.decimal_text(total_value),
      'approval_role', approval_role,
      'approvals_needed', approvals_needed,
      'risks', to_jsonb(risks),
      'expected_on', expected_on,
      'created_at', created_at,
      'updated_at', updated_at,
      'expires_at', expires_at,
      'escalated_at', escalated_at,
      'sent_at', sent_at,
      'lines', (
        select jsonb_agg(jsonb_build_object(
          'line_no', line_no,
          'product_id', product_id,
          'proposed_quantity', ops.decimal_text(proposed_quantity),
          'quantity', ops.decimal_text(quantity),
          'unit_cost', ops.decimal_text(unit_cost),
          'received_quantity', ops.decimal_text(received_quantity),
          'damaged_quantity', ops.decimal_text(damaged_quantity),
          'cancelled_quantity', ops.decimal_text(cancelled_quantity),
          'invoiced_quantity', ops.decimal_text(invoiced_quantity)
        ) order by line_no)
        from ops.purchase_order_line as line
        where line.purchase_order_id = orders.purchase_order_id
      )
    )
  )
  from ops.purchase_order as orders
  where purchase_order_id = wanted
$function$
;

CREATE OR REPLACE FUNCTION ops.tell_restock_plan(plan ops.restock_plan)
 RETURNS void
 LANGUAGE sql
AS $function$
  select ops.emit(
    'shelf_restock_plan',
    plan.store_id || '/' || plan.product_id,
    jsonb_build_object(
      'plan_id', plan.plan_id,
      'store_id', plan.store_id,
      'product_id', plan.product_id,
      'warehouse_id', plan.warehouse_id,
      'quantity', ops.decimal_text(plan.quantity),
      'picked_quantity', ops.decimal_text(plan.picked_quantity),
      'status', plan.status,
      'is_short', plan.is_short,
      'planned_at', plan.planned_at,
      'picked_at', plan.picked_at,
      'closed_at', plan.closed_at
    )
  )
$function$
;

CREATE OR REPLACE FUNCTION ops.tell_supplier_plan(plan ops.supplier_plan)
 RETURNS void
 LANGUAGE sql
AS $function$
  select ops.emit(
    'supplier_plan',
    plan.warehouse_id || '/' || plan.product_id,
    jsonb_build_object(
      'plan_id', plan.plan_id,
      'warehouse_id', plan.warehouse_id,
      'product_id', plan.product_id,
      'quantity', ops.decimal_text(plan.quantity),
      'received_quantity', ops.decimal_text(plan.received_quantity),
      'status', plan.status,
      'planned_at', plan.planned_at,
      'due_at', plan.due_at,
      'closed_at', plan.closed_at
    )
  )
$function$
;

CREATE OR REPLACE FUNCTION ops.time_zone_of(place text)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN COALESCE((SELECT stores.time_zone FROM ref.stores WHERE (stores.store_id = time_zone_of.place)), 'UTC'::text)
;

CREATE OR REPLACE FUNCTION ops.unusual_hours(as_of timestamp with time zone)
 RETURNS TABLE(store_id text, hour_start timestamp with time zone, local_start timestamp without time zone, transactions bigint, revenue numeric, usual numeric, usual_revenue numeric, score numeric, weeks bigint)
 LANGUAGE sql
 STABLE
AS $function$
  select
    hours.store_id, hours.hour_start, hours.local_start, hours.transactions, hours.revenue, usual.transactions, usual.revenue,
    -- The spread of four weeks is itself a guess: no less than what independent customers give, and a sixth of the mean.
    round((hours.transactions - usual.transactions)
      / sqrt(greatest(usual.spread ^ 2, usual.transactions + (usual.transactions / 6) ^ 2, 1)), 2),
    usual.weeks
  from (
    select stores.store_id, coalesce(live.transactions, 0)::bigint as transactions, coalesce(live.revenue, 0) as revenue,
      hour_start, hour_start at time zone stores.time_zone as local_start
    from ref.stores
    -- The hour that ended ten minutes ago or earlier: what is on its way has come. It is an instant: a local time stands for
    -- two hours where autumn repeats one.
    cross join lateral (
      select date_trunc('hour', as_of - interval '70 minutes', stores.time_zone) as hour_start
    ) as newest
    left join state.sales_hour as live
      on live.store_id = stores.store_id and live.product_id = '' and live.window_start = hour_start
  ) as hours
  cross join lateral ops.usual_hours(hours.store_id, hours.local_start, hours.local_start) as usual
  where usual.weeks >= 3 and usual.transactions >= 10
    -- An hour that a change of clocks cuts short began before the clock showed it; it is held against none.
    and hours.local_start = date_trunc('hour', hours.local_start)
    and not exists (
      select from ops.incident
      where coalesce(incident.store_id, hours.store_id) = hours.store_id and as_of between starts_at and ends_at
    )
$function$
;

CREATE OR REPLACE FUNCTION ops.usual_hours(of_store text, from_hour timestamp without time zone, to_hour timestamp without time zone)
 RETURNS TABLE(local_start timestamp without time zone, transactions numeric, spread numeric, revenue numeric, weeks bigint)
 LANGUAGE sql
 STABLE
AS $function$
  with past_week as (
    -- Of an hour that was shown twice, what one of them sold.
    select hour, past.transactions / shown.hours as transactions, past.revenue / shown.hours as revenue, promotion.is_promoted,
      count(*) filter (where not promotion.is_promoted) over (partition by hour) as weeks_without_promotion
    from generate_series(from_hour, to_hour, interval '1 hour') as hour
    cross join generate_series(1, 4) as week
    cross join lateral (
      select ops.hours_shown(hour - week * interval '7 days', ops.time_zone_of(of_store)) as hours
    ) as shown
    cross join lateral (
      -- A week in which the store sold nothing all day was no usual one; nor is a tagged incident, a time before the
      -- first window that is kept, or an hour that the clock left out.
      select sum(hours.transactions) as day_transactions,
        sum(hours.transactions) filter (where hours.local_start = hour - week * interval '7 days') as transactions,
        sum(hours.revenue) filter (where hours.local_start = hour - week * interval '7 days') as revenue
      from state.sales_hour as hours
      where hours.store_id = of_store and hours.product_id = ''
        and hours.local_start >= date_trunc('day', hour) - week * interval '7 days'
        and hours.local_start < date_trunc('day', hour) - week * interval '7 days' + interval '1 day'
        and hours.window_start >= ((date_trunc('day', hour) - week * interval '7 days') at time zone 'UTC') - interval '15 hours'
        and hours.window_start < ((date_trunc('day', hour) - week * interval '7 days') at time zone 'UTC') + interval '39 hours'
        and not exists (
          select from ops.incident
          where coalesce(incident.store_id, of_store) = of_store
            and hours.window_start < incident.ends_at and hours.window_start + interval '1 hour' > incident.starts_at
        )
    ) as past
    -- A day whose takings came for the better half from promotions says little of one without.
    cross join lateral (
      select coalesce(sum(promoted_net_amount) >= sum(net_amount) / 2 and sum(promoted_net_amount) > 0, false) as is_promoted
      from analytics.sales_by_store_day
      join analytics.dim_store using (store_key)
      where dim_store.store_id = of_store and sale_date = hour::date - 7 * week
    ) as promotion
    where past.day_transactions > 0 and shown.hours > 0
  )
  select
    hour,
    avg(coalesce(transactions, 0)),
    coalesce(stddev_samp(coalesce(transactions, 0)), 0),
    avg(coalesce(revenue, 0)),
    count(*)
  from past_week
  -- Where promotions are usual, so are their days.
  where not is_promoted or weeks_without_promotion < 3
  group by hour
$function$
;

CREATE OR REPLACE FUNCTION ops.was_applied(processor text, topic text, event_id text, event_date date)
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (EXISTS (SELECT FROM state.event_ids known WHERE ((known.event_date = was_applied.event_date) AND (known.event_key = state.event_key(((was_applied.processor || '/'::text) || was_applied.topic), was_applied.event_id)))))
;

CREATE OR REPLACE FUNCTION ops.weighed_shelves(as_of timestamp with time zone)
 RETURNS TABLE(store_id text, product_id text, shelf_id text, capacity numeric, available numeric, units numeric, weight numeric, unit_weight numeric, weighed_at timestamp with time zone)
 LANGUAGE sql
 STABLE
AS $function$
  select
    shelf.store_id, shelf.product_id, shelves.shelf_id, shelves.capacity, shelf.available,
    round(shelf.last_weight / shelves.unit_weight, 1), shelf.last_weight, shelves.unit_weight, shelf.last_weight_at
  from state.shelf as shelf
  join ref.shelves using (store_id, product_id)
  where shelves.unit_weight > 0
    and shelf.last_weight_at > as_of - interval '1 day'
    and shelf.last_weight_at >= coalesce(greatest(shelf.last_pick_at, shelf.last_refill_at), '-infinity')
$function$
;

CREATE OR REPLACE FUNCTION ref.acting_user()
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'pg_catalog', 'pg_temp'
RETURN CASE WHEN (SESSION_USER = 'shelfline_web'::name) THEN (NULLIF(current_setting('shelfline.person'::text, true), ''::text))::name ELSE SESSION_USER END
;

CREATE OR REPLACE FUNCTION ref.after_quiet_hours(at timestamp with time zone, quiet_from time without time zone, quiet_until time without time zone, zone text)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE
RETURN (SELECT COALESCE(max(quiet.ends_at), after_quiet_hours.at) AS "coalesce" FROM (SELECT ref.first_instant_of((evening.day + after_quiet_hours.quiet_from), after_quiet_hours.zone) AS begins_at, ref.first_instant_of(((evening.day + CASE WHEN (after_quiet_hours.quiet_until <= after_quiet_hours.quiet_from) THEN 1 ELSE 0 END) + after_quiet_hours.quiet_until), after_quiet_hours.zone) AS ends_at FROM (SELECT (((after_quiet_hours.at AT TIME ZONE after_quiet_hours.zone))::date - 1) AS day UNION ALL SELECT ((after_quiet_hours.at AT TIME ZONE after_quiet_hours.zone))::date AS timezone) evening) quiet WHERE ((after_quiet_hours.at >= quiet.begins_at) AND (after_quiet_hours.at < quiet.ends_at)))
;

CREATE OR REPLACE FUNCTION ref.easter(year integer)
 RETURNS date
 LANGUAGE sql
 IMMUTABLE STRICT
RETURN (WITH golden AS (SELECT (easter.year % 19) AS a, (easter.year / 100) AS b, (easter.year % 100) AS c), epact AS (SELECT golden.a, golden.b, golden.c, ((((((19 * golden.a) + golden.b) - (golden.b / 4)) - (((golden.b - ((golden.b + 8) / 25)) + 1) / 3)) + 15) % 30) AS h FROM golden), sunday AS (SELECT epact.a, epact.h, (((((32 + (2 * (epact.b % 4))) + (2 * (epact.c / 4))) - epact.h) - (epact.c % 4)) % 7) AS l FROM epact), corrected AS (SELECT (((sunday.h + sunday.l) - (7 * (((sunday.a + (11 * sunday.h)) + (22 * sunday.l)) / 451))) + 114) AS n FROM sunday) SELECT make_date(easter.year, (corrected.n / 31), ((corrected.n % 31) + 1)) AS make_date FROM corrected)
;

CREATE OR REPLACE FUNCTION ref.first_instant_of(local timestamp without time zone, zone text)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (SELECT COALESCE(min(candidate.instant) FILTER (WHERE ((candidate.instant AT TIME ZONE first_instant_of.zone) = first_instant_of.local)), (first_instant_of.local AT TIME ZONE first_instant_of.zone)) AS "coalesce" FROM (SELECT ((first_instant_of.local AT TIME ZONE first_instant_of.zone) - change.earlier) AS instant FROM (VALUES ('00:00:00'::interval), ('00:30:00'::interval), ('01:00:00'::interval), ('02:00:00'::interval)) change(earlier)) candidate)
;

CREATE OR REPLACE FUNCTION ref.has_scope()
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
RETURN (EXISTS (SELECT FROM ref.user_scope WHERE (user_scope.user_name = ref.acting_user())))
;

CREATE OR REPLACE FUNCTION ref.next_time_of_day(at timestamp with time zone, time_of_day time without time zone, zone text)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE
RETURN (SELECT min(next.instant) AS min FROM (SELECT ref.first_instant_of((((next_time_of_day.at AT TIME ZONE next_time_of_day.zone))::date + next_time_of_day.time_of_day), next_time_of_day.zone) AS instant UNION ALL SELECT ref.first_instant_of(((((next_time_of_day.at AT TIME ZONE next_time_of_day.zone))::date + 1) + next_time_of_day.time_of_day), next_time_of_day.zone) AS first_instant_of) next WHERE (next.instant > next_time_of_day.at))
;

CREATE OR REPLACE FUNCTION ref.nth_weekday(year integer, month integer, weekday integer, n integer)
 RETURNS date
 LANGUAGE sql
 IMMUTABLE STRICT
RETURN (SELECT (day.day)::date AS day FROM generate_series((make_date(nth_weekday.year, nth_weekday.month, 1))::timestamp without time zone, (make_date(nth_weekday.year, nth_weekday.month, 1) + '1 mon -1 days'::interval), '1 day'::interval) day(day) WHERE (EXTRACT(isodow FROM day.day) = (nth_weekday.weekday)::numeric) ORDER BY CASE WHEN (nth_weekday.n > 0) THEN day.day ELSE NULL::timestamp without time zone END, ((day.day)::date) DESC OFFSET (abs(nth_weekday.n) - 1) LIMIT 1)
;

CREATE OR REPLACE FUNCTION ref.sees_everything()
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
RETURN (EXISTS (SELECT FROM ref.user_scope WHERE ((user_scope.user_name = ref.acting_user()) AND (user_scope.scope = 'all'::text))))
;

CREATE OR REPLACE FUNCTION ref.supply_choices(location text, ordered_on date)
 RETURNS TABLE(is_warehouse boolean, product_id text, supplier_id text, unit_cost numeric, pack_size numeric, pallet_size numeric, minimum_quantity numeric, maximum_quantity numeric, capacity numeric, shelf_life_days integer, delisted_on date)
 LANGUAGE sql
 STABLE PARALLEL SAFE
BEGIN ATOMIC
 SELECT DISTINCT ON (offer.product_id) item.is_warehouse,
     offer.product_id,
     offer.supplier_id,
     offer.unit_cost,
     offer.pack_size,
     offer.pallet_size,
     offer.minimum_quantity,
     offer.maximum_quantity,
     offer.capacity,
     offer.shelf_life_days,
     offer.delisted_on
    FROM ((( SELECT DISTINCT ON (terms.product_id, terms.supplier_id) terms.terms_id,
             terms.location_id,
             terms.product_id,
             terms.supplier_id,
             terms.unit_cost,
             terms.pack_size,
             terms.pallet_size,
             terms.minimum_quantity,
             terms.maximum_quantity,
             terms.capacity,
             terms.shelf_life_days,
             terms.preference,
             terms.delisted_on,
             terms.substitute_product_id,
             terms.recorded_at,
             terms.updated_at
            FROM ref.supply_terms terms
           WHERE ((terms.location_id IS NULL) OR (terms.location_id = supply_choices.location))
           ORDER BY terms.product_id, terms.supplier_id, terms.location_id) offer
      JOIN ref.location_product item ON (((item.location_id = supply_choices.location) AND (item.product_id = offer.product_id))))
      JOIN ref.suppliers ON ((suppliers.supplier_id = offer.supplier_id)))
   WHERE ((offer.delisted_on IS NULL) OR (offer.delisted_on > supply_choices.ordered_on))
   ORDER BY offer.product_id, offer.preference, offer.unit_cost, offer.supplier_id;
END
;

CREATE OR REPLACE FUNCTION ref.visible_store_ids()
 RETURNS SETOF text
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
BEGIN ATOMIC
 SELECT user_scope.store_id
    FROM ref.user_scope
   WHERE ((user_scope.user_name = ref.acting_user()) AND (user_scope.scope = 'store'::text))
 UNION
  SELECT stores.store_id
    FROM (ref.stores
      JOIN ref.user_scope USING (region))
   WHERE ((user_scope.user_name = ref.acting_user()) AND (user_scope.scope = 'region'::text));
END
;

CREATE OR REPLACE FUNCTION state.days_kept(parent text)
 RETURNS integer
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT
         CASE
             WHEN (days_kept.parent = ANY (ARRAY['window_event'::text, 'sales_window'::text])) THEN window_rules.window_days
             WHEN (days_kept.parent = 'sales_hour'::text) THEN window_rules.hour_days
             WHEN (days_kept.parent = ANY (ARRAY['sale_line'::text, 'stock_movement'::text])) THEN window_rules.line_days
             ELSE NULL::integer
         END AS "case"
    FROM ops.window_rules;
END
;

CREATE OR REPLACE FUNCTION state.days_max()
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
RETURN 2500
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
  if not exists (
    select from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent = format('state.%I', parent)::regclass and to_date(right(relname, 10), 'YYYY_MM_DD') < before
  ) then
    return 0;
  end if;
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
  days_there integer;
  frontier timestamptz;
begin
  foreach parent in array parents loop
    execute format('lock table only state.%I in row exclusive mode', parent);
    select coalesce(max(forgotten_before), '-infinity') into kept_from from state.retention where table_name = parent;
    -- A store's day lies on up to three days of UTC.
    for day in
      select distinct date + shift from unnest(dates) as date, generate_series(-1, 1) as shift
      where date + shift >= kept_from order by 1
    loop
      continue when day < kept_from;
      child := format('%s_%s', parent, to_char(day, 'YYYY_MM_DD'));
      continue when to_regclass(format('state.%I', child)) is not null;
      perform pg_advisory_xact_lock(731204120);
      continue when exists (select from pg_class where relname = child and relnamespace = 'state'::regnamespace);
      select count(*) into days_there from pg_inherits where inhparent = format('state.%I', parent)::regclass;
      if days_there >= state.many_days() then
        -- As ops.prune_windows does, without dropping what is there.
        select ops.low_watermark('sales_windows', max(active_at)) into frontier
        from ops.stream_watermark where processor = 'sales_windows';
        if day < (frontier at time zone 'UTC')::date - state.days_kept(parent) then
          kept_from := (frontier at time zone 'UTC')::date - state.days_kept(parent);
          insert into state.retention values (parent, kept_from)
          on conflict (table_name) do update
            set forgotten_before = greatest(retention.forgotten_before, excluded.forgotten_before);
          continue;
        end if;
      end if;
      if days_there >= state.days_max() then
        raise exception 'state.% has % days, and % would be one more: old days wait to be forgotten (ops.prune_windows)',
          parent, days_there, day;
      end if;
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

CREATE OR REPLACE FUNCTION state.forget_orders(before timestamp with time zone, rows_max integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  forgotten bigint;
begin
  delete from state.online_order where ctid = any (array(
    select ctid from state.online_order where last_event_at < before order by last_event_at limit rows_max
  ));
  get diagnostics forgotten = row_count;
  return forgotten;
end;
$function$
;

CREATE OR REPLACE FUNCTION state.forget_prices(before date, rows_max integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  forgotten bigint;
begin
  if before <= (select forgotten_before from state.retention where table_name = 'price') then
    return 0;
  end if;
  -- The price in force stays, however old, and so does the list price beside a promotion.
  delete from state.price where ctid = any (array(
    select old.ctid from state.price as old
    where old.valid_from < before and exists (
      select from state.price as newer
      where newer.store_id = old.store_id and newer.product_id = old.product_id and newer.valid_from < before
        and (newer.valid_from, newer.event_id) > (old.valid_from, old.event_id)
        and (newer.reason in ('regular', 'correction') or old.reason not in ('regular', 'correction'))
    )
    limit rows_max
  ));
  get diagnostics forgotten = row_count;
  if forgotten < rows_max then
    insert into state.retention values ('price', before)
    on conflict (table_name) do update set forgotten_before = excluded.forgotten_before;
  end if;
  return forgotten;
end;
$function$
;

CREATE OR REPLACE FUNCTION state.many_days()
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
RETURN 400
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

create view bi.fact_anomaly with (security_invoker=true) as
 SELECT anomaly_date,
    store_key,
    product_key,
    score::numeric(18,6) AS score,
    reason,
    reasons::text AS reasons,
    sold_quantity,
    usual_quantity,
    model_version,
    (updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.fact_anomaly;

create view bi.fact_cross_sell with (security_invoker=true) as
 SELECT listed_on,
    product_key,
    place,
    other_product_key,
    similarity::numeric(18,6) AS similarity,
    baskets,
    baskets_together,
    lift::numeric(18,6) AS lift,
    model_version,
    (updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.fact_cross_sell;

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

create view bi.fact_slow_mover with (security_invoker=true) as
 SELECT measured_on,
    store_key,
    product_key,
    probability::numeric(18,6) AS probability,
    horizon_days,
    days_since_sale,
    aging,
    on_hand_quantity,
    unit_value,
    valued_at,
    tied_up_amount,
    model_version,
    (updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.fact_slow_mover;

create view bi.fact_stock_target with (security_invoker=true) as
 SELECT measured_on,
    store_key,
    product_key,
    service_level::numeric(18,6) AS service_level,
    protection_days,
    daily_quantity,
    demand_quantity,
    target_quantity,
    rule,
    days_of_cover::numeric(18,6) AS days_of_cover,
    on_hand_quantity,
    on_hand_days_of_cover::numeric(18,6) AS on_hand_days_of_cover,
    model_version,
    (updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.fact_stock_target;

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

create view bi.forecast_accuracy with (security_invoker=true) as
 SELECT target_date,
    store_key,
    category,
    horizon_days,
    model_name,
    model_version,
    forecasts,
    actual_quantity,
    forecast_quantity,
    absolute_error,
    intervals,
    pinball_loss,
    covered_80,
    covered_90,
    round(absolute_error / NULLIF(actual_quantity, 0::numeric), 4) AS wape,
    round((forecast_quantity - actual_quantity) / NULLIF(actual_quantity, 0::numeric), 4) AS bias,
    round(pinball_loss / NULLIF(intervals, 0)::numeric, 6) AS mean_pinball_loss,
    round(covered_80::numeric / NULLIF(intervals, 0)::numeric, 4) AS coverage_80,
    round(covered_90::numeric / NULLIF(intervals, 0)::numeric, 4) AS coverage_90,
    (updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.forecast_accuracy;

create view bi.live_alerts with (security_invoker=true) as
 SELECT dim_store.store_key,
    dim_product.product_key,
    alert.alert_id,
    alert.alert_type,
    alert.severity,
    alert.impact,
    alert.message,
    alert.members,
    alert.status,
    alert.status_by,
    alert.status_why,
    (alert.first_seen AT TIME ZONE 'UTC'::text) AS first_seen,
    (alert.last_seen AT TIME ZONE 'UTC'::text) AS last_seen,
    (alert.resolved_at AT TIME ZONE 'UTC'::text) AS resolved_at,
    (alert.updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM ops.alert
     JOIN analytics.dim_store ON dim_store.store_id = alert.store_id AND dim_store.is_current
     LEFT JOIN analytics.dim_product ON dim_product.product_id = alert.product_id AND dim_product.is_current;

create view bi.live_anomalies with (security_invoker=true) as
 SELECT dim_store.store_key,
    dim_product.product_key,
    anomaly.sale_date,
    (anomaly.sold_at AT TIME ZONE 'UTC'::text) AS sold_at,
    anomaly.transaction_id,
    anomaly.line_no,
    anomaly.quantity,
    anomaly.unit_price,
    anomaly.amount AS net_amount,
    anomaly.score::numeric(18,6) AS score,
    anomaly.reason,
    anomaly.reasons::text AS reasons,
    anomaly.model_version,
    (anomaly.found_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM ops.anomaly
     JOIN analytics.dim_store ON dim_store.store_id = anomaly.store_id AND dim_store.is_current
     LEFT JOIN analytics.dim_product ON dim_product.product_id = anomaly.product_id AND dim_product.is_current;

create view bi.live_lots with (security_invoker=true) as
 SELECT dim_store.store_key,
    dim_product.product_key,
    lot.batch_id,
    lot.on_hand,
    lot.expires_on,
    lot.expires_on - (now() AT TIME ZONE dim_store.time_zone)::date AS days_left,
    lot.received_on,
    (GREATEST(shelf_lot.updated_at, shelf.updated_at) AT TIME ZONE 'UTC'::text) AS updated_at
   FROM state.shelf_lot_live lot
     JOIN state.shelf_lot USING (store_id, product_id, batch_id)
     JOIN state.shelf USING (store_id, product_id)
     JOIN analytics.dim_store ON dim_store.store_id = lot.store_id AND dim_store.is_current
     JOIN analytics.dim_product ON dim_product.product_id = lot.product_id AND dim_product.is_current
  WHERE lot.on_hand > 0::numeric AND lot.expires_on IS NOT NULL;

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

create view bi.live_shelf with (security_invoker=true) as
 SELECT dim_store.store_key,
    dim_product.product_key,
    shelf.shelf_id,
    shelf.available,
    shelf.held,
    shelf.on_shelf,
    shelf.capacity,
    shelf.fill_ratio,
    shelf.weighed_units,
    (shelf.last_refill_at AT TIME ZONE 'UTC'::text) AS last_refill_at,
    (shelf.last_sale_at AT TIME ZONE 'UTC'::text) AS last_sale_at,
    (shelf.updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM state.shelf_live shelf
     JOIN analytics.dim_store ON dim_store.store_id = shelf.store_id AND dim_store.is_current
     JOIN analytics.dim_product ON dim_product.product_id = shelf.product_id AND dim_product.is_current;

create view bi.live_stock with (security_invoker=true) as
 SELECT dim_store.store_key,
    dim_product.product_key,
    stock.on_hand AS on_hand_quantity,
    (stock.updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM state.stock
     JOIN analytics.dim_store ON dim_store.store_id = stock.store_id AND dim_store.is_current
     JOIN analytics.dim_product ON dim_product.product_id = stock.product_id AND dim_product.is_current;

create view bi.live_warehouse with (security_invoker=true) as
 SELECT warehouse.warehouse_id,
    dim_product.product_key,
    warehouse.on_hand,
    warehouse.lots,
    warehouse.next_expires_on,
    (warehouse.last_received_at AT TIME ZONE 'UTC'::text) AS last_received_at,
    (warehouse.last_shipped_at AT TIME ZONE 'UTC'::text) AS last_shipped_at,
    (warehouse.updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM state.warehouse_live warehouse
     JOIN analytics.dim_product ON dim_product.product_id = warehouse.product_id AND dim_product.is_current;

create view bi.model_drift with (security_invoker=true) as
 SELECT drift_date,
    model_name,
    kind,
    subject,
    store_id,
    model_version,
    value::numeric(18,6) AS value,
    threshold::numeric(18,6) AS threshold,
    size_trained,
    size_now,
    is_drifted,
    message,
    (measured_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM ops.model_drift;

create view bi.my_access with (security_invoker=true) as
 SELECT user_name,
    scope,
    store_id,
    region,
    (granted_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM ref.user_scope
  WHERE user_name = SESSION_USER;

create view bi.open_orders with (security_invoker=true) as
 SELECT order_date,
    purchase_order_id,
    line_no,
    supplier_key,
    store_key,
    product_key,
    status,
    proposed_quantity,
    ordered_quantity,
    received_quantity,
    GREATEST(ordered_quantity - received_quantity - cancelled_quantity, 0::numeric) AS outstanding_quantity,
    GREATEST(ordered_quantity - received_quantity - cancelled_quantity, 0::numeric) * unit_cost AS outstanding_amount,
    expected_date,
    (sent_at AT TIME ZONE 'UTC'::text) AS sent_at,
    (updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.fact_purchase_order
  WHERE status = ANY (ARRAY['draft'::text, 'awaiting_approval'::text, 'approved'::text, 'sent'::text, 'acknowledged'::text, 'partly_received'::text]);

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

create view bi.proposals_against_edits with (security_invoker=true) as
 SELECT order_edit.order_date,
    order_edit.purchase_order_id,
    order_edit.line_no,
    order_edit.supplier_key,
    order_edit.store_key,
    order_edit.product_key,
    order_edit.edited_by,
    order_edit.reason_code,
    order_edit.proposed_quantity,
    order_edit.ordered_quantity,
    order_edit.position_quantity,
    order_edit.forecast_quantity,
    order_edit.demand_quantity,
    order_edit.cover_days,
    hindsight.needed_quantity,
    abs(order_edit.proposed_quantity - hindsight.needed_quantity) AS proposal_miss,
    abs(order_edit.ordered_quantity - hindsight.needed_quantity) AS edit_miss,
    (abs(order_edit.proposed_quantity - hindsight.needed_quantity) - abs(order_edit.ordered_quantity - hindsight.needed_quantity)) * order_edit.unit_cost AS value_added,
    (order_edit.updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.order_edit
     CROSS JOIN LATERAL ( SELECT GREATEST(order_edit.demand_quantity - order_edit.position_quantity, 0::numeric) AS needed_quantity) hindsight;

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

create view bi.supplier_performance with (security_invoker=true) as
 SELECT supplier_key,
    store_key,
    lines,
    settled_lines,
    fill,
    damaged,
    deliveries,
    on_time,
    lead_time_mean_days,
    lead_time_p10_days,
    lead_time_p50_days,
    lead_time_p90_days,
    lead_time_deviation_days,
    (updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM analytics.supplier_performance;

create view bi.transfers with (security_invoker=true) as
 SELECT transfer.transfer_id,
    transfer.review_date,
    dim_store.store_key,
    transfer.from_location_id,
    dim_product.product_key,
    transfer.state,
    transfer.quantity::numeric(18,6) AS quantity,
    transfer.shipped_quantity::numeric(18,6) AS shipped_quantity,
    transfer.gain::numeric(18,2) AS gain_amount,
    transfer.currency,
    transfer.decided_by,
    transfer.reason_code,
    (transfer.shipped_at AT TIME ZONE 'UTC'::text) AS shipped_at,
    (transfer.arrives_at AT TIME ZONE 'UTC'::text) AS arrives_at,
    (transfer.updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM ops.transfer_proposal transfer
     LEFT JOIN analytics.dim_store ON dim_store.store_id = transfer.to_location_id AND dim_store.is_current
     LEFT JOIN analytics.dim_product ON dim_product.product_id = transfer.product_id AND dim_product.is_current;

create view ops.activity_retrying as
 SELECT workflow_id,
        CASE
            WHEN workflow_id ~~ 'purchase-order-%'::text THEN substr(workflow_id, length('purchase-order-'::text) + 1)
            ELSE NULL::text
        END AS purchase_order_id,
    activity,
    attempts,
    first_failed_at,
    last_failed_at,
    last_error,
    next_try_at,
    attempts >= 5 AS is_alerting
   FROM ops.activity_retry
  WHERE next_try_at > (clock_timestamp() - '01:00:00'::interval);

create view ops.lot_leaving as
 SELECT restock_pick.warehouse_id,
    restock_pick.product_id,
    restock_pick.batch_id,
    restock_pick.quantity
   FROM ops.restock_pick
  WHERE restock_pick.applied_at IS NULL
UNION ALL
 SELECT transfer_lot.from_location_id AS warehouse_id,
    transfer_lot.product_id,
    transfer_lot.batch_id,
    transfer_lot.quantity
   FROM ops.transfer_lot
  WHERE transfer_lot.out_applied_at IS NULL AND transfer_lot.out_topic = 'warehouse_events'::text;

create view ops.on_order as
 SELECT location_id,
    product_id,
    sum(quantity) AS quantity,
    sum(draft_quantity) AS draft_quantity
   FROM ( SELECT purchase_order.location_id,
            line.product_id,
            GREATEST(line.quantity - line.received_quantity - line.cancelled_quantity, 0::numeric) AS quantity,
                CASE
                    WHEN purchase_order.status = ANY (ARRAY['draft'::text, 'awaiting_approval'::text]) THEN line.quantity
                    ELSE 0::numeric
                END AS draft_quantity
           FROM ops.purchase_order
             JOIN ops.purchase_order_line line USING (purchase_order_id)
          WHERE purchase_order.status = ANY (ARRAY['draft'::text, 'awaiting_approval'::text, 'approved'::text, 'sent'::text, 'acknowledged'::text, 'partly_received'::text])
        UNION ALL
         SELECT plan.warehouse_id,
            plan.product_id,
            GREATEST(plan.quantity - plan.received_quantity, 0::numeric) AS "greatest",
            0
           FROM ops.supplier_plan plan
          WHERE plan.closed_at IS NULL
        UNION ALL
         SELECT transfer_under_way.to_location_id,
            transfer_under_way.product_id,
            transfer_under_way.to_come,
                CASE
                    WHEN transfer_under_way.state = 'proposed'::text THEN transfer_under_way.to_come
                    ELSE 0::numeric
                END AS "case"
           FROM ops.transfer_under_way) expected
  GROUP BY location_id, product_id;

create view ops.purchase_order_approver as
 WITH standing AS (
         SELECT approver.person,
            approver.person AS on_behalf_of,
            approver.role,
            approver.location_id
           FROM ref.approver
        UNION
         SELECT approver.delegate_to,
            approver.person,
            approver.role,
            approver.location_id
           FROM ref.approver
          WHERE approver.delegate_until > ops.now()
        ), ranked AS (
         SELECT standing.person,
            standing.on_behalf_of,
            standing.role,
            standing.location_id,
            tier.rank
           FROM standing
             LEFT JOIN ( SELECT approval_tier.role,
                    max(approval_tier.from_value) AS rank
                   FROM ref.approval_tier
                  WHERE approval_tier.role IS NOT NULL
                  GROUP BY approval_tier.role) tier USING (role)
        ), entitled AS (
         SELECT orders.purchase_order_id,
            ranked.person,
            ranked.on_behalf_of,
            ranked.role,
            COALESCE(ranked.rank >= (( SELECT max(tier.from_value) AS max
                   FROM ref.approval_tier tier
                  WHERE tier.role = orders.approval_role)), false) AS may_approve
           FROM ops.purchase_order orders
             JOIN ranked ON ranked.location_id IS NULL OR ranked.location_id = orders.location_id
        )
 SELECT entitled.purchase_order_id,
    entitled.person,
    entitled.on_behalf_of,
    entitled.role,
    entitled.may_approve
   FROM entitled
UNION
 SELECT entitled.purchase_order_id,
    action.detail ->> 'to'::text AS person,
    entitled.on_behalf_of,
    entitled.role,
    entitled.may_approve
   FROM ops.purchase_order_action action
     JOIN entitled ON entitled.purchase_order_id = action.purchase_order_id AND entitled.person = action.acted_by
  WHERE action.action = 'delegate'::text;

create view ops.supplier_lead_time as
 SELECT receipt.supplier_id,
    receipt.location_id,
    receipt.product_id,
    receipt.purchase_order_id,
    receipt.line_no,
    orders.sent_at,
    receipt.happened_at AS delivered_at,
    round(EXTRACT(epoch FROM receipt.happened_at - orders.sent_at) / 86400::numeric, 3) AS lead_time_days,
    orders.expected_on,
    receipt.happened_on - orders.expected_on AS days_late,
    receipt.quantity,
    receipt.damaged_quantity
   FROM ops.goods_receipt receipt
     JOIN ops.purchase_order orders USING (purchase_order_id)
  WHERE receipt.status = 'delivered'::text AND orders.sent_at <= receipt.happened_at;

create view ops.supplier_performance as
 WITH line AS (
         SELECT purchase_order.supplier_id,
            purchase_order.location_id,
            count(*) AS lines,
            count(*) FILTER (WHERE (line_1.received_quantity + line_1.cancelled_quantity) >= line_1.quantity) AS settled_lines,
            sum(line_1.quantity) FILTER (WHERE (line_1.received_quantity + line_1.cancelled_quantity) >= line_1.quantity) AS settled_quantity,
            sum(line_1.received_quantity) FILTER (WHERE (line_1.received_quantity + line_1.cancelled_quantity) >= line_1.quantity) AS settled_received,
            sum(line_1.received_quantity) AS received_quantity,
            sum(line_1.damaged_quantity) AS damaged_quantity
           FROM ops.purchase_order
             JOIN ops.purchase_order_line line_1 USING (purchase_order_id)
          WHERE purchase_order.sent_at > (ops.now() - '180 days'::interval) AND line_1.quantity > 0::numeric
          GROUP BY purchase_order.supplier_id, purchase_order.location_id
        ), delivery AS (
         SELECT supplier_lead_time.supplier_id,
            supplier_lead_time.location_id,
            count(*) AS deliveries,
            avg((supplier_lead_time.days_late <= 0)::integer) AS on_time,
            avg(supplier_lead_time.lead_time_days) AS mean,
            percentile_cont(ARRAY[0.1, 0.5, 0.9]::double precision[]) WITHIN GROUP (ORDER BY (supplier_lead_time.lead_time_days::double precision)) AS quantiles,
            stddev_samp(supplier_lead_time.lead_time_days) AS deviation
           FROM ops.supplier_lead_time
          WHERE supplier_lead_time.sent_at > (ops.now() - '180 days'::interval)
          GROUP BY supplier_lead_time.supplier_id, supplier_lead_time.location_id
        )
 SELECT line.supplier_id,
    line.location_id,
    line.lines,
    line.settled_lines,
    round(LEAST(line.settled_received / NULLIF(line.settled_quantity, 0::numeric), 1::numeric), 4) AS fill,
    round(line.damaged_quantity / NULLIF(line.received_quantity, 0::numeric), 4) AS damaged,
    COALESCE(delivery.deliveries, 0::bigint) AS deliveries,
    round(delivery.on_time, 4) AS on_time,
    round(delivery.mean, 3) AS lead_time_mean_days,
    round(delivery.quantiles[1]::numeric, 3) AS lead_time_p10_days,
    round(delivery.quantiles[2]::numeric, 3) AS lead_time_p50_days,
    round(delivery.quantiles[3]::numeric, 3) AS lead_time_p90_days,
    round(delivery.deviation, 3) AS lead_time_deviation_days
   FROM line
     LEFT JOIN delivery USING (supplier_id, location_id);

create view ops.transfer_approver as
 SELECT transfer_proposal.transfer_id,
    standing.person
   FROM ops.transfer_proposal
     JOIN ( SELECT approver.person,
            approver.location_id
           FROM ref.approver
        UNION
         SELECT approver.delegate_to,
            approver.location_id
           FROM ref.approver
          WHERE approver.delegate_until > ops.now()) standing ON standing.location_id IS NULL OR standing.location_id = transfer_proposal.from_location_id OR standing.location_id = transfer_proposal.to_location_id;

create view ops.transfer_under_way as
 SELECT transfer.transfer_id,
    transfer.review_date,
    transfer.product_id,
    transfer.from_location_id,
    transfer.to_location_id,
    transfer.state,
        CASE
            WHEN transfer.state = 'shipped'::text THEN lots.to_leave
            ELSE transfer.quantity
        END AS to_leave,
        CASE
            WHEN transfer.state = 'shipped'::text THEN lots.to_come
            ELSE transfer.quantity
        END AS to_come,
    transfer.lead_time_days,
    transfer.arrives_at
   FROM ops.transfer_proposal transfer
     CROSS JOIN LATERAL ( SELECT COALESCE(sum(lot.quantity) FILTER (WHERE lot.out_applied_at IS NULL), 0::numeric) AS to_leave,
            COALESCE(sum(lot.quantity) FILTER (WHERE lot.in_applied_at IS NULL), 0::numeric) AS to_come
           FROM ops.transfer_lot lot
          WHERE lot.transfer_id = transfer.transfer_id) lots
  WHERE transfer.closed_at IS NULL;

create view ops.worker_states with (security_invoker=true) as
 SELECT worker_id,
    kind,
    host,
    pid,
    version,
    serves,
    problem,
    started_at,
    last_seen_at,
    stopped_at,
        CASE
            WHEN stopped_at IS NOT NULL THEN 'stopped'::text
            WHEN last_seen_at < (clock_timestamp() - '00:00:20'::interval) THEN 'lost'::text
            ELSE 'alive'::text
        END AS state,
    GREATEST(0::numeric, EXTRACT(epoch FROM clock_timestamp() - last_seen_at))::double precision AS seconds_since_seen
   FROM ops.workers;

create view ref.location_product as
 SELECT shelves.warehouse_id AS location_id,
    shelves.product_id,
    true AS is_warehouse
   FROM ref.shelves
UNION
 SELECT terms.location_id,
    terms.product_id,
    true AS is_warehouse
   FROM ref.supply_terms terms
  WHERE (EXISTS ( SELECT
           FROM ref.shelves
          WHERE shelves.warehouse_id = terms.location_id))
UNION
 SELECT stock.store_id AS location_id,
    stock.product_id,
    false AS is_warehouse
   FROM state.stock
  WHERE NOT (EXISTS ( SELECT
           FROM ref.shelves
          WHERE shelves.store_id = stock.store_id AND shelves.product_id = stock.product_id))
UNION
 SELECT terms.location_id,
    terms.product_id,
    false AS is_warehouse
   FROM ref.supply_terms terms
  WHERE (EXISTS ( SELECT
           FROM ref.stores
          WHERE stores.store_id = terms.location_id)) AND NOT (EXISTS ( SELECT
           FROM ref.shelves
          WHERE shelves.store_id = terms.location_id AND shelves.product_id = terms.product_id));

create view ref.policy_default as
 SELECT 0.35 AS restock_below,
    1.0 AS restock_to,
    1800 AS refill_delay_seconds,
    60 AS hold_seconds,
    7200 AS visit_seconds,
    2 AS near_expiry_days,
    30.0 AS markdown_percent,
    NULL::numeric AS reorder_point,
    NULL::numeric AS order_up_to,
    2.0 AS lead_time_days,
    1.0 AS pack_size,
    'base_stock'::text AS method,
    0.95 AS service_target,
    'cycle'::text AS service_measure,
    1 AS review_days,
    0.2 AS holding_rate_per_year,
    0.3 AS stock_out_cost_ratio,
    1.0 AS waste_cost_ratio,
    0.0 AS ordering_cost,
    NULL::numeric AS budget_per_day,
    60 AS maximum_cover_days;

create view ref.policy_now as
 SELECT DISTINCT ON (kind, place_id, category, product_id) kind,
    policy_id,
    effective_at,
    event_id,
    place_id,
    category,
    product_id,
    changed_by,
    reason,
    restock_below,
    restock_to,
    refill_delay_seconds,
    hold_seconds,
    visit_seconds,
    near_expiry_days,
    markdown_percent,
    reorder_point,
    order_up_to,
    lead_time_days,
    pack_size,
    method,
    service_target,
    service_measure,
    review_days,
    holding_rate_per_year,
    stock_out_cost_ratio,
    waste_cost_ratio,
    ordering_cost,
    budget_per_day,
    maximum_cover_days
   FROM ( SELECT DISTINCT ON (policy.kind, policy.policy_id) policy.kind,
            policy.policy_id,
            policy.effective_at,
            policy.event_id,
            policy.place_id,
            policy.category,
            policy.product_id,
            policy.changed_by,
            policy.reason,
            policy.restock_below,
            policy.restock_to,
            policy.refill_delay_seconds,
            policy.hold_seconds,
            policy.visit_seconds,
            policy.near_expiry_days,
            policy.markdown_percent,
            policy.reorder_point,
            policy.order_up_to,
            policy.lead_time_days,
            policy.pack_size,
            policy.method,
            policy.service_target,
            policy.service_measure,
            policy.review_days,
            policy.holding_rate_per_year,
            policy.stock_out_cost_ratio,
            policy.waste_cost_ratio,
            policy.ordering_cost,
            policy.budget_per_day,
            policy.maximum_cover_days
           FROM ref.policy
          ORDER BY policy.kind, policy.policy_id, policy.effective_at DESC, policy.event_id DESC) newest
  ORDER BY kind, place_id, category, product_id, effective_at DESC, event_id DESC;

create view ref.replenishment_policy as
 WITH policy AS MATERIALIZED (
         SELECT policy_now.kind,
            policy_now.policy_id,
            policy_now.effective_at,
            policy_now.event_id,
            policy_now.place_id,
            policy_now.category,
            policy_now.product_id,
            policy_now.changed_by,
            policy_now.reason,
            policy_now.restock_below,
            policy_now.restock_to,
            policy_now.refill_delay_seconds,
            policy_now.hold_seconds,
            policy_now.visit_seconds,
            policy_now.near_expiry_days,
            policy_now.markdown_percent,
            policy_now.reorder_point,
            policy_now.order_up_to,
            policy_now.lead_time_days,
            policy_now.pack_size,
            policy_now.method,
            policy_now.service_target,
            policy_now.service_measure,
            policy_now.review_days,
            policy_now.holding_rate_per_year,
            policy_now.stock_out_cost_ratio,
            policy_now.waste_cost_ratio,
            policy_now.ordering_cost,
            policy_now.budget_per_day,
            policy_now.maximum_cover_days
           FROM ref.policy_now
          WHERE policy_now.kind = 'replenishment'::text
        )
 SELECT item.location_id,
    item.product_id,
    item.is_warehouse,
    COALESCE(exact.method, product.method, location_category.method, category.method, location.method, everything.method, policy_default.method) AS method,
    COALESCE(exact.service_target, product.service_target, location_category.service_target, category.service_target, location.service_target, everything.service_target, policy_default.service_target) AS service_target,
    COALESCE(exact.service_measure, product.service_measure, location_category.service_measure, category.service_measure, location.service_measure, everything.service_measure, policy_default.service_measure) AS service_measure,
    COALESCE(exact.review_days, product.review_days, location_category.review_days, category.review_days, location.review_days, everything.review_days, policy_default.review_days) AS review_days,
    COALESCE(exact.holding_rate_per_year, product.holding_rate_per_year, location_category.holding_rate_per_year, category.holding_rate_per_year, location.holding_rate_per_year, everything.holding_rate_per_year, policy_default.holding_rate_per_year) AS holding_rate_per_year,
    COALESCE(exact.stock_out_cost_ratio, product.stock_out_cost_ratio, location_category.stock_out_cost_ratio, category.stock_out_cost_ratio, location.stock_out_cost_ratio, everything.stock_out_cost_ratio, policy_default.stock_out_cost_ratio) AS stock_out_cost_ratio,
    COALESCE(exact.waste_cost_ratio, product.waste_cost_ratio, location_category.waste_cost_ratio, category.waste_cost_ratio, location.waste_cost_ratio, everything.waste_cost_ratio, policy_default.waste_cost_ratio) AS waste_cost_ratio,
    COALESCE(exact.ordering_cost, product.ordering_cost, location_category.ordering_cost, category.ordering_cost, location.ordering_cost, everything.ordering_cost, policy_default.ordering_cost) AS ordering_cost,
    COALESCE(location.budget_per_day, everything.budget_per_day, policy_default.budget_per_day) AS budget_per_day,
    COALESCE(exact.maximum_cover_days, product.maximum_cover_days, location_category.maximum_cover_days, category.maximum_cover_days, location.maximum_cover_days, everything.maximum_cover_days, policy_default.maximum_cover_days) AS maximum_cover_days
   FROM ref.location_product item
     CROSS JOIN ref.policy_default
     LEFT JOIN ref.products ON products.product_id = item.product_id
     LEFT JOIN policy exact ON exact.place_id = item.location_id AND exact.product_id = item.product_id
     LEFT JOIN policy product ON product.place_id IS NULL AND product.product_id = item.product_id
     LEFT JOIN policy location_category ON location_category.place_id = item.location_id AND location_category.category = products.category
     LEFT JOIN policy category ON category.place_id IS NULL AND category.category = products.category
     LEFT JOIN policy location ON location.place_id = item.location_id AND location.product_id IS NULL AND location.category IS NULL
     LEFT JOIN policy everything ON everything.place_id IS NULL AND everything.product_id IS NULL AND everything.category IS NULL;

create view ref.shelf_policy as
 WITH policy AS MATERIALIZED (
         SELECT policy_now.kind,
            policy_now.policy_id,
            policy_now.effective_at,
            policy_now.event_id,
            policy_now.place_id,
            policy_now.category,
            policy_now.product_id,
            policy_now.changed_by,
            policy_now.reason,
            policy_now.restock_below,
            policy_now.restock_to,
            policy_now.refill_delay_seconds,
            policy_now.hold_seconds,
            policy_now.visit_seconds,
            policy_now.near_expiry_days,
            policy_now.markdown_percent,
            policy_now.reorder_point,
            policy_now.order_up_to,
            policy_now.lead_time_days,
            policy_now.pack_size
           FROM ref.policy_now
          WHERE policy_now.kind = 'shelf'::text
        )
 SELECT shelves.store_id,
    shelves.product_id,
    COALESCE(exact.restock_below, product.restock_below, store_category.restock_below, category.restock_below, store.restock_below, everything.restock_below, policy_default.restock_below) AS restock_below,
    COALESCE(exact.restock_to, product.restock_to, store_category.restock_to, category.restock_to, store.restock_to, everything.restock_to, policy_default.restock_to) AS restock_to,
    COALESCE(exact.refill_delay_seconds, product.refill_delay_seconds, store_category.refill_delay_seconds, category.refill_delay_seconds, store.refill_delay_seconds, everything.refill_delay_seconds, policy_default.refill_delay_seconds) AS refill_delay_seconds,
    COALESCE(exact.hold_seconds, product.hold_seconds, store_category.hold_seconds, category.hold_seconds, store.hold_seconds, everything.hold_seconds, policy_default.hold_seconds) AS hold_seconds,
    COALESCE(exact.visit_seconds, product.visit_seconds, store_category.visit_seconds, category.visit_seconds, store.visit_seconds, everything.visit_seconds, policy_default.visit_seconds) AS visit_seconds,
    COALESCE(exact.near_expiry_days, product.near_expiry_days, store_category.near_expiry_days, category.near_expiry_days, store.near_expiry_days, everything.near_expiry_days, policy_default.near_expiry_days) AS near_expiry_days,
    COALESCE(exact.markdown_percent, product.markdown_percent, store_category.markdown_percent, category.markdown_percent, store.markdown_percent, everything.markdown_percent, policy_default.markdown_percent) AS markdown_percent
   FROM ref.shelves
     CROSS JOIN ref.policy_default
     LEFT JOIN ref.products ON products.product_id = shelves.product_id
     LEFT JOIN policy exact ON exact.place_id = shelves.store_id AND exact.product_id = shelves.product_id
     LEFT JOIN policy product ON product.place_id IS NULL AND product.product_id = shelves.product_id
     LEFT JOIN policy store_category ON store_category.place_id = shelves.store_id AND store_category.category = products.category
     LEFT JOIN policy category ON category.place_id IS NULL AND category.category = products.category
     LEFT JOIN policy store ON store.place_id = shelves.store_id AND store.product_id IS NULL AND store.category IS NULL
     LEFT JOIN policy everything ON everything.place_id IS NULL AND everything.product_id IS NULL AND everything.category IS NULL;

create view ref.warehouse_policy as
 WITH policy AS MATERIALIZED (
         SELECT policy_now.kind,
            policy_now.policy_id,
            policy_now.effective_at,
            policy_now.event_id,
            policy_now.place_id,
            policy_now.category,
            policy_now.product_id,
            policy_now.changed_by,
            policy_now.reason,
            policy_now.restock_below,
            policy_now.restock_to,
            policy_now.refill_delay_seconds,
            policy_now.hold_seconds,
            policy_now.visit_seconds,
            policy_now.near_expiry_days,
            policy_now.markdown_percent,
            policy_now.reorder_point,
            policy_now.order_up_to,
            policy_now.lead_time_days,
            policy_now.pack_size
           FROM ref.policy_now
          WHERE policy_now.kind = 'warehouse'::text
        ), served AS (
         SELECT shelves.warehouse_id,
            shelves.product_id,
            count(*) AS shelves,
            sum(shelves.capacity) AS shelf_capacity
           FROM ref.shelves
          GROUP BY shelves.warehouse_id, shelves.product_id
        )
 SELECT served.warehouse_id,
    served.product_id,
    served.shelves,
    served.shelf_capacity,
    COALESCE(exact.reorder_point, product.reorder_point, warehouse_category.reorder_point, category.reorder_point, warehouse.reorder_point, everything.reorder_point, policy_default.reorder_point) AS reorder_point,
    COALESCE(exact.order_up_to, product.order_up_to, warehouse_category.order_up_to, category.order_up_to, warehouse.order_up_to, everything.order_up_to, policy_default.order_up_to) AS order_up_to,
    COALESCE(exact.lead_time_days, product.lead_time_days, warehouse_category.lead_time_days, category.lead_time_days, warehouse.lead_time_days, everything.lead_time_days, policy_default.lead_time_days) AS lead_time_days,
    COALESCE(exact.pack_size, product.pack_size, warehouse_category.pack_size, category.pack_size, warehouse.pack_size, everything.pack_size, policy_default.pack_size) AS pack_size
   FROM served
     CROSS JOIN ref.policy_default
     LEFT JOIN ref.products ON products.product_id = served.product_id
     LEFT JOIN policy exact ON exact.place_id = served.warehouse_id AND exact.product_id = served.product_id
     LEFT JOIN policy product ON product.place_id IS NULL AND product.product_id = served.product_id
     LEFT JOIN policy warehouse_category ON warehouse_category.place_id = served.warehouse_id AND warehouse_category.category = products.category
     LEFT JOIN policy category ON category.place_id IS NULL AND category.category = products.category
     LEFT JOIN policy warehouse ON warehouse.place_id = served.warehouse_id AND warehouse.product_id IS NULL AND warehouse.category IS NULL
     LEFT JOIN policy everything ON everything.place_id IS NULL AND everything.product_id IS NULL AND everything.category IS NULL;

create view state.enriched_sale as
 SELECT line.store_id,
    line.product_id,
    line.sold_at,
    line.sale_date,
    line.transaction_id,
    line.line_no,
    line.customer_id,
    line.quantity,
    line.unit_price,
    line.discount,
    line.net_amount,
    line.is_promoted,
    price.price,
    price.reason AS price_reason,
    price.promotion_id,
    price.valid_from AS price_valid_from,
    list.price AS list_price,
    list.price - price.price AS price_reduction,
    line.unit_price - list.price AS list_price_deviation,
        CASE
            WHEN line.quantity > 0::numeric THEN line.net_amount > round(line.quantity * price.price, 2) OR line.unit_price <> price.price AND line.unit_price IS DISTINCT FROM list.price
            ELSE NULL::boolean
        END AS is_price_mismatch,
    ( SELECT stock.on_hand + (( SELECT COALESCE(sum(later.quantity), 0::numeric) AS "coalesce"
                   FROM state.sale_line later
                  WHERE later.store_id = line.store_id AND later.product_id = line.product_id AND later.sold_at >= line.sold_at AND ((ROW(later.sold_at, later.event_key) >= ROW(line.sold_at, line.event_key))))) - (( SELECT COALESCE(sum(later.quantity), 0::numeric) AS "coalesce"
                   FROM state.stock_movement later
                  WHERE later.store_id = line.store_id AND later.product_id = line.product_id AND later.moved_at > line.sold_at))
           FROM state.stock
          WHERE stock.store_id = line.store_id AND stock.product_id = line.product_id) AS stock_before,
    COALESCE(cost.unit_cost, terms.unit_cost)::numeric(18,6) AS unit_cost,
    line.net_amount - line.quantity * COALESCE(cost.unit_cost, terms.unit_cost) AS margin
   FROM state.sale_line line
     LEFT JOIN LATERAL ( SELECT price_1.price,
            price_1.reason,
            price_1.promotion_id,
            price_1.valid_from
           FROM state.price price_1
          WHERE price_1.store_id = line.store_id AND price_1.product_id = line.product_id AND price_1.valid_from <= line.sold_at
          ORDER BY price_1.valid_from DESC, price_1.event_id DESC
         LIMIT 1) price ON true
     LEFT JOIN LATERAL ( SELECT price_1.price
           FROM state.price price_1
          WHERE price_1.store_id = line.store_id AND price_1.product_id = line.product_id AND price_1.valid_from <= line.sold_at AND (price_1.reason = ANY (ARRAY['regular'::text, 'correction'::text]))
          ORDER BY price_1.valid_from DESC, price_1.event_id DESC
         LIMIT 1) list ON true
     LEFT JOIN LATERAL ( SELECT purchase.unit_cost
           FROM analytics.fact_purchase_order purchase
             JOIN analytics.dim_product USING (product_key)
          WHERE dim_product.product_id = line.product_id AND purchase.order_date <= line.sale_date AND purchase.unit_cost IS NOT NULL
          ORDER BY purchase.order_date DESC, purchase.purchase_order_id DESC, purchase.line_no
         LIMIT 1) cost ON true
     LEFT JOIN LATERAL ( SELECT supply_terms.unit_cost
           FROM ref.supply_terms
          WHERE supply_terms.product_id = line.product_id
          ORDER BY (NOT supply_terms.location_id IS DISTINCT FROM line.store_id) DESC, supply_terms.location_id NULLS FIRST, supply_terms.preference, supply_terms.terms_id
         LIMIT 1) terms ON cost.unit_cost IS NULL;

create view state.online_order_live as
 SELECT online_order.store_id,
    online_order.order_id,
    online_order.customer_id,
        CASE
            WHEN online_order.delivered_at IS NOT NULL THEN 'delivered'::text
            WHEN online_order.cancelled_at IS NOT NULL THEN 'cancelled'::text
            WHEN online_order.shipped_at IS NOT NULL THEN 'shipped'::text
            WHEN online_order.packed_at IS NOT NULL THEN 'packed'::text
            WHEN online_order.paid_at IS NOT NULL THEN 'paid'::text
            ELSE 'created'::text
        END AS status,
    online_order.created_at,
    online_order.paid_at,
    online_order.packed_at,
    online_order.shipped_at,
    online_order.delivered_at,
    online_order.cancelled_at,
    online_order.promised_at,
    online_order.delivered_at IS NULL AND online_order.cancelled_at IS NULL AND COALESCE(online_order.promised_at < clock.as_of, false) AS is_overdue,
        CASE
            WHEN online_order.promised_at IS NOT NULL AND (online_order.cancelled_at IS NULL OR online_order.delivered_at IS NOT NULL) THEN GREATEST(COALESCE(online_order.delivered_at, clock.as_of) - online_order.promised_at, '00:00:00'::interval)
            ELSE NULL::interval
        END AS overdue_for,
    online_order.updated_at
   FROM state.online_order
     CROSS JOIN ( SELECT ops.now() AS as_of) clock;

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

create view state.shelf_live with (security_invoker=true) as
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

create view state.shelf_lot_live with (security_invoker=true) as
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

create view state.warehouse_live with (security_invoker=true) as
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

create view state.warehouse_lot_live with (security_invoker=true) as
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

alter table analytics.fact_anomaly enable row level security;

create policy application on analytics.fact_anomaly to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.fact_anomaly for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.fact_cross_sell enable row level security;

create policy anybody_with_a_scope on analytics.fact_cross_sell for select to bi_reader
  using (( SELECT ref.has_scope() AS has_scope));

create policy application on analytics.fact_cross_sell to shelfline_app
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

alter table analytics.fact_slow_mover enable row level security;

create policy application on analytics.fact_slow_mover to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.fact_slow_mover for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.fact_stock_target enable row level security;

create policy application on analytics.fact_stock_target to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.fact_stock_target for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.fact_stockout enable row level security;

create policy application on analytics.fact_stockout to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.fact_stockout for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.forecast_accuracy enable row level security;

create policy application on analytics.forecast_accuracy to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.forecast_accuracy for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.order_edit enable row level security;

create policy application on analytics.order_edit to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.order_edit for select to bi_reader
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

alter table analytics.supplier_performance enable row level security;

create policy application on analytics.supplier_performance to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.supplier_performance for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table ops.alert enable row level security;

create policy application on ops.alert to shelfline_app
  using (true)
  with check (true);

create policy decided_by_themselves on ops.alert for update to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))))
  with check ((status_by = ( SELECT ref.acting_user() AS acting_user)));

create policy own_stores on ops.alert for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table ops.alert_action enable row level security;

create policy application on ops.alert_action to shelfline_app
  using (true)
  with check (true);

create policy decided_by_themselves on ops.alert_action for insert to shelfline_web
  with check (((acted_by = ( SELECT ref.acting_user() AS acting_user)) AND (EXISTS ( SELECT
   FROM ops.alert
  WHERE (alert.alert_id = alert_action.alert_id)))));

create policy of_what_is_seen on ops.alert_action for select to shelfline_web
  using ((EXISTS ( SELECT
   FROM ops.alert parent
  WHERE (parent.alert_id = alert_action.alert_id))));

alter table ops.anomaly enable row level security;

create policy application on ops.anomaly to shelfline_app
  using (true)
  with check (true);

create policy own_stores on ops.anomaly for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table ops.backfill_cells enable row level security;

create policy application on ops.backfill_cells to shelfline_app
  using (true)
  with check (true);

create policy everything on ops.backfill_cells to shelfline_web
  using (( SELECT ref.sees_everything() AS sees_everything))
  with check (( SELECT ref.sees_everything() AS sees_everything));

alter table ops.backfill_plans enable row level security;

create policy application on ops.backfill_plans to shelfline_app
  using (true)
  with check (true);

create policy everything on ops.backfill_plans to shelfline_web
  using (( SELECT ref.sees_everything() AS sees_everything))
  with check (( SELECT ref.sees_everything() AS sees_everything));

alter table ops.check_failures enable row level security;

create policy application on ops.check_failures to shelfline_app
  using (true)
  with check (true);

create policy everything on ops.check_failures to shelfline_web
  using (( SELECT ref.sees_everything() AS sees_everything))
  with check (( SELECT ref.sees_everything() AS sees_everything));

alter table ops.check_results enable row level security;

create policy application on ops.check_results to shelfline_app
  using (true)
  with check (true);

create policy everything on ops.check_results for select to bi_reader
  using (( SELECT ref.sees_everything() AS sees_everything));

alter table ops.cycle_count enable row level security;

create policy application on ops.cycle_count to shelfline_app
  using (true)
  with check (true);

create policy own_stores on ops.cycle_count for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table ops.dead_letters enable row level security;

create policy application on ops.dead_letters to shelfline_app
  using (true)
  with check (true);

create policy decided on ops.dead_letters for update to shelfline_web
  using (( SELECT ref.sees_everything() AS sees_everything))
  with check (( SELECT ref.sees_everything() AS sees_everything));

create policy everything on ops.dead_letters for select to bi_reader
  using (( SELECT ref.sees_everything() AS sees_everything));

alter table ops.discount enable row level security;

create policy application on ops.discount to shelfline_app
  using (true)
  with check (true);

create policy own_stores on ops.discount for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table ops.model_drift enable row level security;

create policy application on ops.model_drift to shelfline_app
  using (true)
  with check (true);

create policy everything on ops.model_drift for select to bi_reader
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

alter table ops.purchase_order enable row level security;

create policy application on ops.purchase_order to shelfline_app
  using (true)
  with check (true);

create policy own_stores on ops.purchase_order for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (location_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table ops.purchase_order_action enable row level security;

create policy application on ops.purchase_order_action to shelfline_app
  using (true)
  with check (true);

create policy of_what_is_seen on ops.purchase_order_action for select to shelfline_web
  using ((EXISTS ( SELECT
   FROM ops.purchase_order parent
  WHERE (parent.purchase_order_id = purchase_order_action.purchase_order_id))));

alter table ops.purchase_order_line enable row level security;

create policy application on ops.purchase_order_line to shelfline_app
  using (true)
  with check (true);

create policy of_what_is_seen on ops.purchase_order_line for select to shelfline_web
  using ((EXISTS ( SELECT
   FROM ops.purchase_order parent
  WHERE (parent.purchase_order_id = purchase_order_line.purchase_order_id))));

alter table ops.relay_problem enable row level security;

create policy application on ops.relay_problem to shelfline_app
  using (true)
  with check (true);

create policy everything on ops.relay_problem to shelfline_web
  using (( SELECT ref.sees_everything() AS sees_everything))
  with check (( SELECT ref.sees_everything() AS sees_everything));

alter table ops.removal enable row level security;

create policy application on ops.removal to shelfline_app
  using (true)
  with check (true);

create policy own_stores on ops.removal for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (place_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table ops.restock_plan enable row level security;

create policy application on ops.restock_plan to shelfline_app
  using (true)
  with check (true);

create policy own_stores on ops.restock_plan for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table ops.stream_controls enable row level security;

create policy application on ops.stream_controls to shelfline_app
  using (true)
  with check (true);

create policy everything on ops.stream_controls to shelfline_web
  using (( SELECT ref.sees_everything() AS sees_everything))
  with check (( SELECT ref.sees_everything() AS sees_everything));

alter table ops.stream_offsets enable row level security;

create policy application on ops.stream_offsets to shelfline_app
  using (true)
  with check (true);

create policy everything on ops.stream_offsets for select to bi_reader
  using (( SELECT ref.sees_everything() AS sees_everything));

alter table ops.stream_skips enable row level security;

create policy application on ops.stream_skips to shelfline_app
  using (true)
  with check (true);

create policy everything on ops.stream_skips to shelfline_web
  using (( SELECT ref.sees_everything() AS sees_everything))
  with check (( SELECT ref.sees_everything() AS sees_everything));

alter table ops.topic_logs enable row level security;

create policy application on ops.topic_logs to shelfline_app
  using (true)
  with check (true);

create policy everything on ops.topic_logs to shelfline_web
  using (( SELECT ref.sees_everything() AS sees_everything))
  with check (( SELECT ref.sees_everything() AS sees_everything));

alter table ops.transfer_lot enable row level security;

create policy application on ops.transfer_lot to shelfline_app
  using (true)
  with check (true);

create policy of_what_is_seen on ops.transfer_lot for select to shelfline_web
  using ((EXISTS ( SELECT
   FROM ops.transfer_proposal parent
  WHERE (parent.transfer_id = transfer_lot.transfer_id))));

alter table ops.transfer_proposal enable row level security;

create policy application on ops.transfer_proposal to shelfline_app
  using (true)
  with check (true);

create policy decided_by_themselves on ops.transfer_proposal for update to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (to_location_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))))
  with check ((decided_by = ( SELECT ref.acting_user() AS acting_user)));

create policy own_stores on ops.transfer_proposal for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (to_location_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table ops.unsent_message enable row level security;

create policy application on ops.unsent_message to shelfline_app
  using (true)
  with check (true);

create policy everything on ops.unsent_message to shelfline_web
  using (( SELECT ref.sees_everything() AS sees_everything))
  with check (( SELECT ref.sees_everything() AS sees_everything));

alter table ops.web_action enable row level security;

create policy application on ops.web_action to shelfline_app
  using (true)
  with check (true);

create policy own_actions on ops.web_action to shelfline_web
  using (((person = ( SELECT ref.acting_user() AS acting_user)) OR ( SELECT ref.sees_everything() AS sees_everything)))
  with check ((person = ( SELECT ref.acting_user() AS acting_user)));

alter table ref.person enable row level security;

create policy application on ref.person to shelfline_app
  using (true)
  with check (true);

create policy own_password on ref.person for update to shelfline_web
  using ((person = ( SELECT ref.acting_user() AS acting_user)))
  with check ((person = ( SELECT ref.acting_user() AS acting_user)));

create policy to_sign_in on ref.person for select to shelfline_web
  using (true);

alter table ref.shelves enable row level security;

create policy application on ref.shelves to shelfline_app
  using (true)
  with check (true);

create policy own_stores on ref.shelves for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table ref.user_scope enable row level security;

create policy application on ref.user_scope to shelfline_app
  using (true)
  with check (true);

create policy own_rows on ref.user_scope for select to bi_reader
  using ((user_name = ref.acting_user()));

alter table state.availability enable row level security;

create policy application on state.availability to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.availability for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.basket enable row level security;

create policy application on state.basket to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.basket for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.sales_hour enable row level security;

create policy application on state.sales_hour to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.sales_hour for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.shelf enable row level security;

create policy application on state.shelf to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.shelf for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.shelf_lot enable row level security;

create policy application on state.shelf_lot to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.shelf_lot for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.stock enable row level security;

create policy application on state.stock to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.stock for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.stock_out_risk enable row level security;

create policy application on state.stock_out_risk to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.stock_out_risk for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.warehouse enable row level security;

create policy application on state.warehouse to shelfline_app
  using (true)
  with check (true);

create policy who_sees_everything on state.warehouse for select to bi_reader
  using (( SELECT ref.sees_everything() AS sees_everything));

alter table state.warehouse_lot enable row level security;

create policy application on state.warehouse_lot to shelfline_app
  using (true)
  with check (true);

create policy who_sees_everything on state.warehouse_lot for select to bi_reader
  using (( SELECT ref.sees_everything() AS sees_everything));

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
grant execute on function ops.add_order_members(days date[]) to public;
grant execute on function ops.add_order_members(days date[]) to shelfline_app;
grant execute on function ops.alert_accuracy_drop(as_of timestamp with time zone) to public;
grant execute on function ops.alert_accuracy_drop(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_currency(alert ops.alert) to public;
grant execute on function ops.alert_currency(alert ops.alert) to shelfline_app;
grant execute on function ops.alert_expired_on_shelf(as_of timestamp with time zone) to public;
grant execute on function ops.alert_expired_on_shelf(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_feature_drift(as_of timestamp with time zone) to public;
grant execute on function ops.alert_feature_drift(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_low_shelf(as_of timestamp with time zone) to public;
grant execute on function ops.alert_low_shelf(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_near_expiry(as_of timestamp with time zone) to public;
grant execute on function ops.alert_near_expiry(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_order_overdue(as_of timestamp with time zone) to public;
grant execute on function ops.alert_order_overdue(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_phantom_stock(as_of timestamp with time zone) to public;
grant execute on function ops.alert_phantom_stock(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_price_mismatch(as_of timestamp with time zone) to public;
grant execute on function ops.alert_price_mismatch(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_sales_drop(as_of timestamp with time zone) to public;
grant execute on function ops.alert_sales_drop(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_sales_spike(as_of timestamp with time zone) to public;
grant execute on function ops.alert_sales_spike(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_sensor_silent(as_of timestamp with time zone) to public;
grant execute on function ops.alert_sensor_silent(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_shrinkage(as_of timestamp with time zone) to public;
grant execute on function ops.alert_shrinkage(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_state_difference(as_of timestamp with time zone) to public;
grant execute on function ops.alert_state_difference(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_stock_out(as_of timestamp with time zone) to public;
grant execute on function ops.alert_stock_out(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_stock_out_risk(as_of timestamp with time zone) to public;
grant execute on function ops.alert_stock_out_risk(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_store_missing(as_of timestamp with time zone) to public;
grant execute on function ops.alert_store_missing(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_supplier_delay(as_of timestamp with time zone) to public;
grant execute on function ops.alert_supplier_delay(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_till_silent(as_of timestamp with time zone) to public;
grant execute on function ops.alert_till_silent(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_unsent_messages(as_of timestamp with time zone) to public;
grant execute on function ops.alert_unsent_messages(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_unsent_notifications(as_of timestamp with time zone) to public;
grant execute on function ops.alert_unsent_notifications(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_unusual_sale(as_of timestamp with time zone) to public;
grant execute on function ops.alert_unusual_sale(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_weight_discrepancy(as_of timestamp with time zone) to public;
grant execute on function ops.alert_weight_discrepancy(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_work_retried(as_of timestamp with time zone) to public;
grant execute on function ops.alert_work_retried(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.ask_for_counts(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.ask_for_counts(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.confirm_events(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.confirm_events(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.decimal_text(quantity numeric) to public;
grant execute on function ops.decimal_text(quantity numeric) to shelfline_app;
grant execute on function ops.decision_id(kind text, VARIADIC parts text[]) to public;
grant execute on function ops.decision_id(kind text, VARIADIC parts text[]) to shelfline_app;
grant execute on function ops.declare_shrinkage(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.declare_shrinkage(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.discount_near_expiry(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.discount_near_expiry(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.emit(topic text, key text, payload jsonb) to public;
grant execute on function ops.emit(topic text, key text, payload jsonb) to shelfline_app;
grant execute on function ops.envelope(event_id text, place text, as_of timestamp with time zone, schema_version integer) to public;
grant execute on function ops.envelope(event_id text, place text, as_of timestamp with time zone, schema_version integer) to shelfline_app;
grant execute on function ops.expire_transfers(as_of timestamp with time zone) to public;
grant execute on function ops.expire_transfers(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.expiring_lots(until date) to public;
grant execute on function ops.expiring_lots(until date) to shelfline_app;
grant execute on function ops.fill_order_facts(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.fill_order_facts(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.goods_topic(location text) to public;
grant execute on function ops.goods_topic(location text) to shelfline_app;
grant execute on function ops.hours_shown(local_hour timestamp without time zone, zone text) to public;
grant execute on function ops.hours_shown(local_hour timestamp without time zone, zone text) to shelfline_app;
grant execute on function ops.invoice_content(lines jsonb) to public;
grant execute on function ops.invoice_content(lines jsonb) to shelfline_app;
grant execute on function ops.invoice_in_words(content jsonb) to public;
grant execute on function ops.invoice_in_words(content jsonb) to shelfline_app;
grant execute on function ops.job_lock(job text) to public;
grant execute on function ops.job_lock(job text) to shelfline_app;
grant execute on function ops.judge_order_edits(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.judge_order_edits(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.list_price(of_store text, of_product text, as_of timestamp with time zone) to public;
grant execute on function ops.list_price(of_store text, of_product text, as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.local_instant(instant timestamp with time zone, time_zone text) to public;
grant execute on function ops.local_instant(instant timestamp with time zone, time_zone text) to shelfline_app;
grant execute on function ops.lock_job(job text) to public;
grant execute on function ops.lock_job(job text) to shelfline_app;
grant execute on function ops.low_watermark(of_processor text, as_of timestamp with time zone, of_topic text) to public;
grant execute on function ops.low_watermark(of_processor text, as_of timestamp with time zone, of_topic text) to shelfline_app;
grant execute on function ops.move_transfers(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.move_transfers(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.movement_applied(topic text, event_id text, event_date date) to public;
grant execute on function ops.movement_applied(topic text, event_id text, event_date date) to shelfline_app;
grant execute on function ops.near_expiry_days_max() to public;
grant execute on function ops.near_expiry_days_max() to shelfline_app;
grant execute on function ops.newest_drift() to public;
grant execute on function ops.newest_drift() to shelfline_app;
grant execute on function ops.now() to public;
grant execute on function ops.now() to shelfline_app;
grant execute on function ops.observe_alerts(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.observe_alerts(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.observe_rule(rule ops.alert_rule, as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.observe_rule(rule ops.alert_rule, as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.overdue_plans(as_of timestamp with time zone) to public;
grant execute on function ops.overdue_plans(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.pick_restock(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.pick_restock(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.places_ahead() to public;
grant execute on function ops.places_ahead() to shelfline_app;
grant execute on function ops.plan_restock(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.plan_restock(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.plan_supply(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.plan_supply(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.prune(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.prune(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.prune_windows(as_of timestamp with time zone, row_limit integer) to shelfline_app;
grant execute on function ops.refill_shelves(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.refill_shelves(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.refresh_sales_rates(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.refresh_sales_rates(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.remove_expired(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.remove_expired(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.restock_below_max() to public;
grant execute on function ops.restock_below_max() to shelfline_app;
grant execute on function ops.run_minute_job(wanted text, as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.run_minute_job(wanted text, as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.run_minute_jobs(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.run_minute_jobs(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.settle_holds(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.settle_holds(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.severity_rank(severity text) to public;
grant execute on function ops.severity_rank(severity text) to shelfline_app;
grant execute on function ops.shelves_up_to(share numeric) to public;
grant execute on function ops.shelves_up_to(share numeric) to shelfline_app;
grant execute on function ops.silent_stores(as_of timestamp with time zone) to public;
grant execute on function ops.silent_stores(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.tell_movement(topic text, event_id text, place text, product text, batch_id text, expires_on date, quantity numeric, destination text, transfer_id text, as_of timestamp with time zone) to public;
grant execute on function ops.tell_movement(topic text, event_id text, place text, product text, batch_id text, expires_on date, quantity numeric, destination text, transfer_id text, as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.tell_purchase_order(wanted text) to public;
grant execute on function ops.tell_purchase_order(wanted text) to shelfline_app;
grant execute on function ops.tell_restock_plan(plan ops.restock_plan) to public;
grant execute on function ops.tell_restock_plan(plan ops.restock_plan) to shelfline_app;
grant execute on function ops.tell_supplier_plan(plan ops.supplier_plan) to public;
grant execute on function ops.tell_supplier_plan(plan ops.supplier_plan) to shelfline_app;
grant execute on function ops.time_zone_of(place text) to public;
grant execute on function ops.time_zone_of(place text) to shelfline_app;
grant execute on function ops.unusual_hours(as_of timestamp with time zone) to public;
grant execute on function ops.unusual_hours(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.usual_hours(of_store text, from_hour timestamp without time zone, to_hour timestamp without time zone) to public;
grant execute on function ops.usual_hours(of_store text, from_hour timestamp without time zone, to_hour timestamp without time zone) to shelfline_app;
grant execute on function ops.was_applied(processor text, topic text, event_id text, event_date date) to public;
grant execute on function ops.was_applied(processor text, topic text, event_id text, event_date date) to shelfline_app;
grant execute on function ops.weighed_shelves(as_of timestamp with time zone) to public;
grant execute on function ops.weighed_shelves(as_of timestamp with time zone) to shelfline_app;
grant execute on function ref.acting_user() to public;
grant execute on function ref.acting_user() to shelfline_app;
grant execute on function ref.after_quiet_hours(at timestamp with time zone, quiet_from time without time zone, quiet_until time without time zone, zone text) to public;
grant execute on function ref.after_quiet_hours(at timestamp with time zone, quiet_from time without time zone, quiet_until time without time zone, zone text) to shelfline_app;
grant execute on function ref.easter(year integer) to public;
grant execute on function ref.easter(year integer) to shelfline_app;
grant execute on function ref.first_instant_of(local timestamp without time zone, zone text) to public;
grant execute on function ref.first_instant_of(local timestamp without time zone, zone text) to shelfline_app;
grant execute on function ref.has_scope() to bi_reader;
grant execute on function ref.has_scope() to shelfline_app;
grant execute on function ref.next_time_of_day(at timestamp with time zone, time_of_day time without time zone, zone text) to public;
grant execute on function ref.next_time_of_day(at timestamp with time zone, time_of_day time without time zone, zone text) to shelfline_app;
grant execute on function ref.nth_weekday(year integer, month integer, weekday integer, n integer) to public;
grant execute on function ref.nth_weekday(year integer, month integer, weekday integer, n integer) to shelfline_app;
grant execute on function ref.sees_everything() to bi_reader;
grant execute on function ref.sees_everything() to shelfline_app;
grant execute on function ref.supply_choices(location text, ordered_on date) to public;
grant execute on function ref.supply_choices(location text, ordered_on date) to shelfline_app;
grant execute on function ref.visible_store_ids() to bi_reader;
grant execute on function ref.visible_store_ids() to shelfline_app;
grant execute on function state.days_kept(parent text) to shelfline_app;
grant execute on function state.days_max() to shelfline_app;
grant execute on function state.drop_days(parent text, before date, days_max integer) to shelfline_app;
grant execute on function state.ensure_days(parents text[], dates date[]) to shelfline_app;
grant execute on function state.ensure_event_id_months(dates date[]) to shelfline_app;
grant execute on function state.event_key(topic text, event_id text) to public;
grant execute on function state.event_key(topic text, event_id text) to shelfline_app;
grant execute on function state.forget_baskets(before date, rows_max integer) to public;
grant execute on function state.forget_baskets(before date, rows_max integer) to shelfline_app;
grant execute on function state.forget_lots(before date, rows_max integer) to public;
grant execute on function state.forget_lots(before date, rows_max integer) to shelfline_app;
grant execute on function state.forget_orders(before timestamp with time zone, rows_max integer) to shelfline_app;
grant execute on function state.forget_prices(before date, rows_max integer) to shelfline_app;
grant execute on function state.many_days() to shelfline_app;
grant usage on schema analytics to shelfline_app;
grant usage on schema analytics to shelfline_web;
grant usage on schema bi to bi_reader;
grant usage on schema bi to shelfline_app;
grant usage on schema ops to shelfline_app;
grant usage on schema ops to shelfline_web;
grant usage on schema ref to shelfline_app;
grant usage on schema ref to shelfline_web;
grant create, usage on schema staging to shelfline_app;
grant usage on schema state to shelfline_app;
grant usage on schema state to shelfline_web;
grant select, usage on sequence ops.accepted_losses_loss_id_seq to shelfline_app;
grant select, usage on sequence ops.alert_action_action_id_seq to shelfline_app;
grant select, usage on sequence ops.alert_alert_id_seq to shelfline_app;
grant select, usage on sequence ops.check_failures_failure_seq to shelfline_app;
grant select, usage on sequence ops.cycle_count_task_id_seq to shelfline_app;
grant select, usage on sequence ops.dead_letters_letter_id_seq to shelfline_app;
grant select, usage on sequence ops.goods_receipt_receipt_no_seq to shelfline_app;
grant select, usage on sequence ops.incident_incident_id_seq to shelfline_app;
grant select, usage on sequence ops.model_alias_log_change_seq to shelfline_app;
grant select, usage on sequence ops.outbox_outbox_id_seq to shelfline_app;
grant select, usage on sequence ops.partition_run_numbers to shelfline_app;
grant select, usage on sequence ops.purchase_order_action_action_id_seq to shelfline_app;
grant select, usage on sequence ops.unsent_message_unsent_id_seq to shelfline_app;
grant select, usage on sequence ops.web_action_action_id_seq to shelfline_app;
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
grant select on table analytics.fact_anomaly to bi_reader;
grant delete, insert, select, truncate, update on table analytics.fact_anomaly to shelfline_app;
grant select on table analytics.fact_cross_sell to bi_reader;
grant delete, insert, select, truncate, update on table analytics.fact_cross_sell to shelfline_app;
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
grant select on table analytics.fact_slow_mover to bi_reader;
grant delete, insert, select, truncate, update on table analytics.fact_slow_mover to shelfline_app;
grant select on table analytics.fact_stock_target to bi_reader;
grant delete, insert, select, truncate, update on table analytics.fact_stock_target to shelfline_app;
grant select on table analytics.fact_stockout to bi_reader;
grant delete, insert, select, truncate, update on table analytics.fact_stockout to shelfline_app;
grant select on table analytics.forecast_accuracy to bi_reader;
grant delete, insert, select, truncate, update on table analytics.forecast_accuracy to shelfline_app;
grant select on table analytics.order_edit to bi_reader;
grant delete, insert, select, truncate, update on table analytics.order_edit to shelfline_app;
grant select on table analytics.sales_by_category_day to bi_reader;
grant delete, insert, select, truncate, update on table analytics.sales_by_category_day to shelfline_app;
grant select on table analytics.sales_by_store_day to bi_reader;
grant delete, insert, select, truncate, update on table analytics.sales_by_store_day to shelfline_app;
grant select on table analytics.sales_by_store_hour to bi_reader;
grant delete, insert, select, truncate, update on table analytics.sales_by_store_hour to shelfline_app;
grant select on table analytics.stock_cover to bi_reader;
grant delete, insert, select, truncate, update on table analytics.stock_cover to shelfline_app;
grant select on table analytics.supplier_performance to bi_reader;
grant delete, insert, select, truncate, update on table analytics.supplier_performance to shelfline_app;
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
grant select on table bi.fact_anomaly to bi_reader;
grant select on table bi.fact_anomaly to shelfline_app;
grant select on table bi.fact_cross_sell to bi_reader;
grant select on table bi.fact_cross_sell to shelfline_app;
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
grant select on table bi.fact_slow_mover to bi_reader;
grant select on table bi.fact_slow_mover to shelfline_app;
grant select on table bi.fact_stock_target to bi_reader;
grant select on table bi.fact_stock_target to shelfline_app;
grant select on table bi.fact_stockout to bi_reader;
grant select on table bi.fact_stockout to shelfline_app;
grant select on table bi.forecast_accuracy to bi_reader;
grant select on table bi.forecast_accuracy to shelfline_app;
grant select on table bi.live_alerts to bi_reader;
grant select on table bi.live_alerts to shelfline_app;
grant select on table bi.live_anomalies to bi_reader;
grant select on table bi.live_anomalies to shelfline_app;
grant select on table bi.live_lots to bi_reader;
grant select on table bi.live_lots to shelfline_app;
grant select on table bi.live_sales_hour to bi_reader;
grant select on table bi.live_sales_hour to shelfline_app;
grant select on table bi.live_shelf to bi_reader;
grant select on table bi.live_shelf to shelfline_app;
grant select on table bi.live_stock to bi_reader;
grant select on table bi.live_stock to shelfline_app;
grant select on table bi.live_warehouse to bi_reader;
grant select on table bi.live_warehouse to shelfline_app;
grant select on table bi.model_drift to bi_reader;
grant select on table bi.model_drift to shelfline_app;
grant select on table bi.my_access to bi_reader;
grant select on table bi.my_access to shelfline_app;
grant select on table bi.open_orders to bi_reader;
grant select on table bi.open_orders to shelfline_app;
grant select on table bi.pipeline_runs to bi_reader;
grant select on table bi.pipeline_runs to shelfline_app;
grant select on table bi.proposals_against_edits to bi_reader;
grant select on table bi.proposals_against_edits to shelfline_app;
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
grant select on table bi.supplier_performance to bi_reader;
grant select on table bi.supplier_performance to shelfline_app;
grant select on table bi.transfers to bi_reader;
grant select on table bi.transfers to shelfline_app;
grant delete, insert, select, truncate, update on table ops.accepted_losses to shelfline_app;
grant delete, insert, select, truncate, update on table ops.activity_retry to shelfline_app;
grant delete, insert, select, truncate, update on table ops.activity_retrying to shelfline_app;
grant select on table ops.activity_retrying to shelfline_web;
grant select (alert_id, alert_type, store_id, product_id, severity, impact, message, members, first_seen, last_seen) on table ops.alert to bi_reader;
grant select (status, status_by, status_why, resolved_at, updated_at) on table ops.alert to bi_reader;
grant delete, insert, select, truncate, update on table ops.alert to shelfline_app;
grant select on table ops.alert to shelfline_web;
grant update (snoozed_until) on table ops.alert to shelfline_web;
grant update (status, status_by, status_why, resolved_at, updated_at) on table ops.alert to shelfline_web;
grant delete, insert, select, truncate, update on table ops.alert_action to shelfline_app;
grant insert, select on table ops.alert_action to shelfline_web;
grant delete, insert, select, truncate, update on table ops.alert_rule to shelfline_app;
grant select on table ops.alert_rule to shelfline_web;
grant select on table ops.anomaly to bi_reader;
grant delete, insert, select, truncate, update on table ops.anomaly to shelfline_app;
grant delete, insert, select, truncate, update on table ops.anomaly_scorer to shelfline_app;
grant delete, insert, select, truncate, update on table ops.assets to shelfline_app;
grant select on table ops.assets to shelfline_web;
grant delete, insert, select, truncate, update on table ops.backfill_cells to shelfline_app;
grant select on table ops.backfill_cells to shelfline_web;
grant delete, insert, select, truncate, update on table ops.backfill_plans to shelfline_app;
grant select on table ops.backfill_plans to shelfline_web;
grant delete, insert, select, truncate, update on table ops.check_failures to shelfline_app;
grant select on table ops.check_failures to shelfline_web;
grant select on table ops.check_results to bi_reader;
grant delete, insert, select, truncate, update on table ops.check_results to shelfline_app;
grant delete, insert, select, truncate, update on table ops.clock to shelfline_app;
grant select on table ops.clock to shelfline_web;
grant delete, insert, select, truncate, update on table ops.cycle_count to shelfline_app;
grant select on table ops.cycle_count to shelfline_web;
grant select (origin, topic, reason, status, created_at, updated_at) on table ops.dead_letters to bi_reader;
grant delete, insert, select, truncate, update on table ops.dead_letters to shelfline_app;
grant select, update on table ops.dead_letters to shelfline_web;
grant delete, insert, select, truncate, update on table ops.discount to shelfline_app;
grant select on table ops.discount to shelfline_web;
grant insert, select on table ops.dropped_partitions to shelfline_app;
grant delete, insert, select, truncate, update on table ops.forecast_dependence to shelfline_app;
grant delete, insert, select, truncate, update on table ops.goods_receipt to shelfline_app;
grant delete, insert, select, truncate, update on table ops.incident to shelfline_app;
grant delete, insert, select, truncate, update on table ops.inventory_balances to shelfline_app;
grant delete, insert, select, truncate, update on table ops.lot_leaving to shelfline_app;
grant delete, insert, select, truncate, update on table ops.markdown to shelfline_app;
grant delete, insert, select, truncate, update on table ops.minute_job to shelfline_app;
grant insert, select on table ops.model_alias_log to shelfline_app;
grant select on table ops.model_drift to bi_reader;
grant delete, insert, select, truncate, update on table ops.model_drift to shelfline_app;
grant insert, select on table ops.model_metric to shelfline_app;
grant insert, select on table ops.model_version to shelfline_app;
grant delete, insert, select, truncate, update on table ops.notification to shelfline_app;
grant delete, insert, select, truncate, update on table ops.notification_cause to shelfline_app;
grant delete, insert, select, truncate, update on table ops.on_order to shelfline_app;
grant select on table ops.on_order to shelfline_web;
grant delete, insert, select, truncate, update on table ops.order_fact_day to shelfline_app;
grant delete, insert, select, truncate, update on table ops.outbox to shelfline_app;
grant select (asset, date, status, started_at, succeeded_at) on table ops.partition_ledger to bi_reader;
grant delete, insert, select, truncate, update on table ops.partition_ledger to shelfline_app;
grant select on table ops.partition_ledger to shelfline_web;
grant select on table ops.partition_runs to bi_reader;
grant insert, select on table ops.partition_runs to shelfline_app;
grant delete, insert, select, truncate, update on table ops.purchase_order to shelfline_app;
grant select on table ops.purchase_order to shelfline_web;
grant insert, select on table ops.purchase_order_action to shelfline_app;
grant select on table ops.purchase_order_action to shelfline_web;
grant delete, insert, select, truncate, update on table ops.purchase_order_approver to shelfline_app;
grant select on table ops.purchase_order_approver to shelfline_web;
grant delete, insert, select, truncate, update on table ops.purchase_order_invoice to shelfline_app;
grant delete, insert, select, truncate, update on table ops.purchase_order_line to shelfline_app;
grant select on table ops.purchase_order_line to shelfline_web;
grant delete, insert, select, truncate, update on table ops.relay_problem to shelfline_app;
grant select on table ops.relay_problem to shelfline_web;
grant delete, insert, select, truncate, update on table ops.removal to shelfline_app;
grant select on table ops.removal to shelfline_web;
grant delete, insert, select, truncate, update on table ops.replenishment_skip to shelfline_app;
grant delete, insert, select, truncate, update on table ops.restock_pick to shelfline_app;
grant delete, insert, select, truncate, update on table ops.restock_plan to shelfline_app;
grant select on table ops.restock_plan to shelfline_web;
grant delete, insert, select, truncate, update on table ops.returned_letters to shelfline_app;
grant delete, insert, select, truncate, update on table ops.sales_rate_day to shelfline_app;
grant delete, insert, select, truncate, update on table ops.sign_in_failure to shelfline_app;
grant delete, insert, select on table ops.sign_in_failure to shelfline_web;
grant delete, insert, select, truncate, update on table ops.stream_controls to shelfline_app;
grant insert, select, update on table ops.stream_controls to shelfline_web;
grant select on table ops.stream_offsets to bi_reader;
grant delete, insert, select, truncate, update on table ops.stream_offsets to shelfline_app;
grant delete, insert, select, truncate, update on table ops.stream_skips to shelfline_app;
grant select on table ops.stream_skips to shelfline_web;
grant delete, insert, select, truncate, update on table ops.stream_watermark to shelfline_app;
grant delete, insert, select, truncate, update on table ops.supplier_lead_time to shelfline_app;
grant delete, insert, select, truncate, update on table ops.supplier_performance to shelfline_app;
grant delete, insert, select, truncate, update on table ops.supplier_plan to shelfline_app;
grant delete, insert, select, truncate, update on table ops.topic_logs to shelfline_app;
grant select on table ops.topic_logs to shelfline_web;
grant delete, insert, select, truncate, update on table ops.transfer_approver to shelfline_app;
grant select on table ops.transfer_approver to shelfline_web;
grant delete, insert, select, truncate, update on table ops.transfer_lot to shelfline_app;
grant select on table ops.transfer_lot to shelfline_web;
grant select on table ops.transfer_proposal to bi_reader;
grant delete, insert, select, truncate, update on table ops.transfer_proposal to shelfline_app;
grant select on table ops.transfer_proposal to shelfline_web;
grant update (state, decided_by, decided_at, reason_code, reason, closed_at, updated_at) on table ops.transfer_proposal to shelfline_web;
grant delete, insert, select, truncate, update on table ops.transfer_under_way to shelfline_app;
grant delete, insert, select, truncate, update on table ops.unsent_message to shelfline_app;
grant select on table ops.unsent_message to shelfline_web;
grant delete, insert, select, truncate, update on table ops.web_action to shelfline_app;
grant insert, select on table ops.web_action to shelfline_web;
grant delete, insert, select, truncate, update on table ops.web_session to shelfline_app;
grant delete, insert, select, update on table ops.web_session to shelfline_web;
grant delete, insert, select, truncate, update on table ops.window_rules to shelfline_app;
grant delete, insert, select, truncate, update on table ops.worker_states to shelfline_app;
grant select on table ops.worker_states to shelfline_web;
grant delete, insert, select, truncate, update on table ops.workers to shelfline_app;
grant delete, insert, select, update on table ops.workers to shelfline_web;
grant delete, insert, select, truncate, update on table ref.alert_audience to shelfline_app;
grant delete, insert, select, truncate, update on table ref.approval_tier to shelfline_app;
grant select on table ref.approval_tier to shelfline_web;
grant delete, insert, select, truncate, update on table ref.approver to shelfline_app;
grant select on table ref.approver to shelfline_web;
grant delete, insert, select, truncate, update on table ref.edit_reason to shelfline_app;
grant select on table ref.edit_reason to shelfline_web;
grant delete, insert, select, truncate, update on table ref.goods_in to shelfline_app;
grant delete, insert, select, truncate, update on table ref.holidays to shelfline_app;
grant select on table ref.holidays to shelfline_web;
grant delete, insert, select, truncate, update on table ref.location_product to shelfline_app;
grant select on table ref.location_product to shelfline_web;
grant delete, insert, select, truncate, update on table ref.notification_route to shelfline_app;
grant delete, insert, select, truncate, update on table ref.person to shelfline_app;
grant select on table ref.person to shelfline_web;
grant update (password_hash) on table ref.person to shelfline_web;
grant delete, insert, select, truncate, update on table ref.policy to shelfline_app;
grant delete, insert, select, truncate, update on table ref.policy_default to shelfline_app;
grant select on table ref.policy_default to shelfline_web;
grant delete, insert, select, truncate, update on table ref.policy_now to shelfline_app;
grant select on table ref.policy_now to shelfline_web;
grant delete, insert, select, truncate, update on table ref.product_versions to shelfline_app;
grant delete, insert, select, truncate, update on table ref.products to shelfline_app;
grant select on table ref.products to shelfline_web;
grant delete, insert, select, truncate, update on table ref.replenishment_policy to shelfline_app;
grant delete, insert, select, truncate, update on table ref.shelf_policy to shelfline_app;
grant select on table ref.shelf_policy to shelfline_web;
grant select on table ref.shelves to bi_reader;
grant delete, insert, select, truncate, update on table ref.shelves to shelfline_app;
grant delete, insert, select, truncate, update on table ref.stores to shelfline_app;
grant select on table ref.stores to shelfline_web;
grant delete, insert, select, truncate, update on table ref.suppliers to shelfline_app;
grant select on table ref.suppliers to shelfline_web;
grant delete, insert, select, truncate, update on table ref.supply_terms to shelfline_app;
grant select on table ref.supply_terms to shelfline_web;
grant delete, insert, select, truncate, update on table ref.transfer_lane to shelfline_app;
grant select on table ref.user_scope to bi_reader;
grant delete, insert, select, truncate, update on table ref.user_scope to shelfline_app;
grant delete, insert, select, truncate, update on table ref.warehouse_policy to shelfline_app;
grant select on table ref.warehouse_policy to shelfline_web;
grant delete, insert, select, truncate, update on table state.availability to shelfline_app;
grant select on table state.availability to shelfline_web;
grant delete, insert, select, truncate, update on table state.availability_hour to shelfline_app;
grant delete, insert, select, truncate, update on table state.availability_model to shelfline_app;
grant select (store_id, product_id, picked, sold, taken_at) on table state.basket to bi_reader;
grant delete, insert, select, truncate, update on table state.basket to shelfline_app;
grant select on table state.basket to shelfline_web;
grant delete, insert, select, truncate, update on table state.demand_pattern to shelfline_app;
grant delete, insert, select, truncate, update on table state.demand_profile to shelfline_app;
grant delete, insert, select, truncate, update on table state.enriched_sale to shelfline_app;
grant delete, insert, select, truncate, update on table state.event_ids to shelfline_app;
grant delete, insert, select, truncate, update on table state.event_ids_before_2000 to shelfline_app;
grant delete, insert, select, truncate, update on table state.online_order to shelfline_app;
grant delete, insert, select, truncate, update on table state.online_order_live to shelfline_app;
grant delete, insert, select, truncate, update on table state.price to shelfline_app;
grant delete, insert, select, truncate, update on table state.retention to shelfline_app;
grant delete, insert, select, truncate, update on table state.sale_line to shelfline_app;
grant delete, insert, select, truncate, update on table state.sales_day to shelfline_app;
grant select on table state.sales_hour to bi_reader;
grant delete, insert, select, truncate, update on table state.sales_hour to shelfline_app;
grant delete, insert, select, truncate, update on table state.sales_rate to shelfline_app;
grant delete, insert, select, truncate, update on table state.sales_window to shelfline_app;
grant delete, insert, select, truncate, update on table state.sales_window_live to shelfline_app;
grant select on table state.shelf to bi_reader;
grant delete, insert, select, truncate, update on table state.shelf to shelfline_app;
grant select on table state.shelf_live to bi_reader;
grant delete, insert, select, truncate, update on table state.shelf_live to shelfline_app;
grant select on table state.shelf_lot to bi_reader;
grant delete, insert, select, truncate, update on table state.shelf_lot to shelfline_app;
grant select on table state.shelf_lot_live to bi_reader;
grant delete, insert, select, truncate, update on table state.shelf_lot_live to shelfline_app;
grant select on table state.stock to bi_reader;
grant delete, insert, select, truncate, update on table state.stock to shelfline_app;
grant delete, insert, select, truncate, update on table state.stock_movement to shelfline_app;
grant delete, insert, select, truncate, update on table state.stock_out_risk to shelfline_app;
grant select on table state.stock_out_risk to shelfline_web;
grant select on table state.warehouse to bi_reader;
grant delete, insert, select, truncate, update on table state.warehouse to shelfline_app;
grant select on table state.warehouse_live to bi_reader;
grant delete, insert, select, truncate, update on table state.warehouse_live to shelfline_app;
grant select on table state.warehouse_lot to bi_reader;
grant delete, insert, select, truncate, update on table state.warehouse_lot to shelfline_app;
grant select on table state.warehouse_lot_live to bi_reader;
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
comment on table analytics.fact_anomaly is 'Days of a product in a store that are unlike other days, by the isolation forest that was champion; a day that is usual has no row.';
comment on column analytics.fact_anomaly.anomaly_date is 'The day; the load replaces it whole.';
comment on column analytics.fact_anomaly.store_key is 'Version of the store that held on the day.';
comment on column analytics.fact_anomaly.product_key is 'Version of the product that held on the day.';
comment on column analytics.fact_anomaly.score is 'How odd, 0 to 1: average days are near 0.5. Only days above the model''s threshold are here.';
comment on column analytics.fact_anomaly.reason is 'The feature that made it odd most.';
comment on column analytics.fact_anomaly.reasons is 'The features that made it odd: [{feature, value, share}], the strongest first; share is its part of all that made it odd.';
comment on column analytics.fact_anomaly.sold_quantity is 'Units sold on the day.';
comment on column analytics.fact_anomaly.usual_quantity is 'Mean units over 28 days on which the store was open.';
comment on column analytics.fact_anomaly.model_version is 'Version of the model `anomalies`.';
comment on column analytics.fact_anomaly.updated_at is 'When this row was written; one value a load.';
comment on table analytics.fact_cross_sell is 'For each product those that go into the same baskets, the nearest first.';
comment on column analytics.fact_cross_sell.listed_on is 'The last day that was known; the load replaces it whole.';
comment on column analytics.fact_cross_sell.product_key is 'Version of the product that held on the day.';
comment on column analytics.fact_cross_sell.place is 'Place in the product''s list; 1 is the nearest.';
comment on column analytics.fact_cross_sell.other_product_key is 'Version of the product that goes with it.';
comment on column analytics.fact_cross_sell.similarity is 'Cosine of the two products'' vectors, at most 1.';
comment on column analytics.fact_cross_sell.baskets is 'Baskets with the product among those that the model was trained on.';
comment on column analytics.fact_cross_sell.baskets_together is 'Baskets with both among them; 0: only like baskets suggest it.';
comment on column analytics.fact_cross_sell.lift is 'How many times as often both are bought together as by chance.';
comment on column analytics.fact_cross_sell.model_version is 'Version of the model `cross_sell`.';
comment on column analytics.fact_cross_sell.updated_at is 'When this row was written; one value a load.';
comment on table analytics.fact_foot_traffic is 'People through the doors of one store in one hour.';
comment on column analytics.fact_foot_traffic.traffic_date is 'The store''s day.';
comment on column analytics.fact_foot_traffic.store_key is 'Version of the store that held on that day.';
comment on column analytics.fact_foot_traffic.hour_of_day is 'Hour on the store''s clock, 0 to 23.';
comment on column analytics.fact_foot_traffic.entries is 'People who came in.';
comment on column analytics.fact_foot_traffic.exits is 'People who left.';
comment on column analytics.fact_foot_traffic.is_synthetic is 'Made up by a seeded rule, not counted.';
comment on column analytics.fact_foot_traffic.updated_at is 'When this row was written; one value a load.';
comment on table analytics.fact_forecast is 'Demand for one product in one store on one day, as a model saw it on an earlier day.';
comment on column analytics.fact_forecast.forecast_date is 'The last day that the forecast knew: it was made on the morning after. The load replaces this day whole.';
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
comment on column analytics.fact_purchase_order.proposed_quantity is 'Units that were planned; ordered_quantity is what a person made of it.';
comment on column analytics.fact_purchase_order.cancelled_quantity is 'Units that will not come.';
comment on column analytics.fact_purchase_order.sent_at is 'Instant at which the supplier was sent it; null: not yet.';
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
comment on table analytics.fact_slow_mover is 'Products that will probably hardly sell in a store, and the money that their stock ties up. What sells has no row.';
comment on column analytics.fact_slow_mover.measured_on is 'The last day that was known; the load replaces it whole.';
comment on column analytics.fact_slow_mover.store_key is 'Version of the store that held on the day.';
comment on column analytics.fact_slow_mover.product_key is 'Version of the product that held on the day.';
comment on column analytics.fact_slow_mover.probability is 'Calibrated probability that it sells on fewer days of the horizon than a product of its class should: once a week (A), once a fortnight (B), once (C).';
comment on column analytics.fact_slow_mover.horizon_days is 'Days ahead that are looked at.';
comment on column analytics.fact_slow_mover.days_since_sale is 'Days since it last sold.';
comment on column analytics.fact_slow_mover.aging is 'The same as a bucket: 0-30, 31-60, 61-90, over 90.';
comment on column analytics.fact_slow_mover.on_hand_quantity is 'Units on hand when the day was over; null where no stock is told.';
comment on column analytics.fact_slow_mover.unit_value is 'What a unit is worth.';
comment on column analytics.fact_slow_mover.valued_at is 'cost: as the supply terms tell; price: as it was last paid for, because no cost is known.';
comment on column analytics.fact_slow_mover.tied_up_amount is 'Units on hand × unit_value; null where either is unknown.';
comment on column analytics.fact_slow_mover.model_version is 'Version of the model `slow_movers`.';
comment on column analytics.fact_slow_mover.updated_at is 'When this row was written; one value a load.';
comment on table analytics.fact_stock_target is 'How much of each product a store should have, what decided about it, and what it has.';
comment on column analytics.fact_stock_target.measured_on is 'The last day that was known; the load replaces it whole.';
comment on column analytics.fact_stock_target.store_key is 'Version of the store that held on the day.';
comment on column analytics.fact_stock_target.product_key is 'Version of the product that held on the day.';
comment on column analytics.fact_stock_target.service_level is 'Probability with which the demand of the interval should not be above the target: 0.98 (class A), 0.95 (B), 0.9 (C).';
comment on column analytics.fact_stock_target.protection_days is 'Days from a review until the goods of the next review''s order are there.';
comment on column analytics.fact_stock_target.daily_quantity is 'Mean units a day over the last 28 days.';
comment on column analytics.fact_stock_target.demand_quantity is 'The interval''s demand at the service level, before any rule.';
comment on column analytics.fact_stock_target.target_quantity is 'Units that the store should have.';
comment on column analytics.fact_stock_target.rule is 'What decided: the demand, the least stock that the shelf must show, how long the goods keep, or what the shelf holds.';
comment on column analytics.fact_stock_target.days_of_cover is 'Days that the target lasts; null where nothing sells.';
comment on column analytics.fact_stock_target.on_hand_quantity is 'Units on hand when the day was over; null where no stock is told.';
comment on column analytics.fact_stock_target.on_hand_days_of_cover is 'Days that these last; null where nothing sells or no stock is told.';
comment on column analytics.fact_stock_target.model_version is 'Version of the model `stock_targets`.';
comment on column analytics.fact_stock_target.updated_at is 'When this row was written; one value a load.';
comment on table analytics.fact_stockout is 'One product that one store could not sell during part of one day. Sales on such a day are censored demand.';
comment on column analytics.fact_stockout.stockout_date is 'The store''s day.';
comment on column analytics.fact_stockout.store_key is 'Version of the store that held on that day.';
comment on column analytics.fact_stockout.product_key is 'Version of the product that held on that day.';
comment on column analytics.fact_stockout.out_of_stock_minutes is 'Minutes of the day without stock.';
comment on column analytics.fact_stockout.lost_quantity is 'Estimated units that would have sold; null where no estimate was made.';
comment on column analytics.fact_stockout.is_observed is 'The retailer recorded it; else it follows from the stock that we keep.';
comment on column analytics.fact_stockout.is_synthetic is 'Rests on stock movements that were made up by a seeded rule.';
comment on column analytics.fact_stockout.updated_at is 'When this row was written; one value a load.';
comment on table analytics.forecast_accuracy is 'Every past forecast against what came, summed to store × category × days ahead × day: a day is added when its sales are known, and history is not read again. Stores that sold nothing on the day are left out: a day without data is no day without demand.';
comment on column analytics.forecast_accuracy.target_date is 'The day that was forecast; the load replaces this day whole.';
comment on column analytics.forecast_accuracy.store_key is 'Version of the store that held on the day.';
comment on column analytics.forecast_accuracy.category is 'Category of the products on the day; Unknown where the catalogue says none.';
comment on column analytics.forecast_accuracy.horizon_days is 'Days from the last day that the forecast knew: 1 is the next day.';
comment on column analytics.forecast_accuracy.model_name is 'The model; weekday_mean stood in while none was champion.';
comment on column analytics.forecast_accuracy.model_version is 'Its version in the registry.';
comment on column analytics.forecast_accuracy.forecasts is 'Forecasts, one a product.';
comment on column analytics.forecast_accuracy.actual_quantity is 'Units that sold.';
comment on column analytics.forecast_accuracy.forecast_quantity is 'Units that were forecast, the mean.';
comment on column analytics.forecast_accuracy.absolute_error is 'Sum over the products of |forecast − sold|.';
comment on column analytics.forecast_accuracy.intervals is 'Forecasts that had quantiles.';
comment on column analytics.forecast_accuracy.pinball_loss is 'Sum over those of the mean pinball loss of their seven quantiles, in units.';
comment on column analytics.forecast_accuracy.covered_80 is 'Those of which what sold lay between the 10 % and the 90 % quantile.';
comment on column analytics.forecast_accuracy.covered_90 is 'Those of which what sold lay between the 5 % and the 95 % quantile.';
comment on column analytics.forecast_accuracy.updated_at is 'When this row was written; one value a load.';
comment on table analytics.order_edit is 'Lines that a person has edited and whose time to cover is over: what was proposed, what was ordered, and what was sold meanwhile.';
comment on column analytics.order_edit.order_date is 'The day of the order.';
comment on column analytics.order_edit.purchase_order_id is 'The order.';
comment on column analytics.order_edit.line_no is 'Its line.';
comment on column analytics.order_edit.supplier_key is 'The supplier.';
comment on column analytics.order_edit.store_key is 'Version of the store or warehouse, at the order.';
comment on column analytics.order_edit.product_key is 'Version of the product, at the order.';
comment on column analytics.order_edit.edited_by is 'Who edited it last.';
comment on column analytics.order_edit.reason_code is 'Why, see ref.edit_reason.';
comment on column analytics.order_edit.proposed_quantity is 'Units that were planned.';
comment on column analytics.order_edit.ordered_quantity is 'Units that were ordered instead.';
comment on column analytics.order_edit.unit_cost is 'Agreed price of one unit.';
comment on column analytics.order_edit.cover_days is 'Days that the order had to cover: lead time and review, from the day of the order on.';
comment on column analytics.order_edit.position_quantity is 'Units on hand and on order when it was planned.';
comment on column analytics.order_edit.forecast_quantity is 'Units that were expected to be asked for in these days.';
comment on column analytics.order_edit.demand_quantity is 'Units that were sold in these days where the goods go to. What nobody could buy is not in it.';
comment on column analytics.order_edit.updated_at is 'When this row was written.';
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
comment on table analytics.supplier_performance is 'How suppliers delivered what was ordered in the last 180 days, by the location that ordered.';
comment on column analytics.supplier_performance.supplier_key is 'The supplier.';
comment on column analytics.supplier_performance.store_key is 'Current version of the store or warehouse.';
comment on column analytics.supplier_performance.lines is 'Lines of orders that were sent.';
comment on column analytics.supplier_performance.settled_lines is 'Lines of which everything came or will not come.';
comment on column analytics.supplier_performance.fill is 'Of settled lines: units that came ÷ units ordered.';
comment on column analytics.supplier_performance.damaged is 'Units that were damaged ÷ units that came.';
comment on column analytics.supplier_performance.deliveries is 'Deliveries, one per line and delivery.';
comment on column analytics.supplier_performance.on_time is 'Share of deliveries on the expected day or before.';
comment on column analytics.supplier_performance.lead_time_mean_days is 'Days from sending an order until goods came, on average.';
comment on column analytics.supplier_performance.lead_time_p10_days is 'One of ten deliveries took so many days or fewer.';
comment on column analytics.supplier_performance.lead_time_p50_days is 'Half of the deliveries took so many days or fewer.';
comment on column analytics.supplier_performance.lead_time_p90_days is 'Nine of ten deliveries took so many days or fewer.';
comment on column analytics.supplier_performance.lead_time_deviation_days is 'Standard deviation of the lead time, in days.';
comment on column analytics.supplier_performance.updated_at is 'When this row was written.';
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
comment on view bi.fact_anomaly is 'Days of a product in a store that are unlike other days, by the isolation forest that was champion; a day that is usual has no row.';
comment on column bi.fact_anomaly.anomaly_date is 'The day; the load replaces it whole.';
comment on column bi.fact_anomaly.store_key is 'Version of the store that held on the day.';
comment on column bi.fact_anomaly.product_key is 'Version of the product that held on the day.';
comment on column bi.fact_anomaly.score is 'How odd, 0 to 1: average days are near 0.5. Only days above the model''s threshold are here.';
comment on column bi.fact_anomaly.reason is 'The feature that made it odd most.';
comment on column bi.fact_anomaly.reasons is 'The features that made it odd: [{feature, value, share}], the strongest first; share is its part of all that made it odd.';
comment on column bi.fact_anomaly.sold_quantity is 'Units sold on the day.';
comment on column bi.fact_anomaly.usual_quantity is 'Mean units over 28 days on which the store was open.';
comment on column bi.fact_anomaly.model_version is 'Version of the model `anomalies`.';
comment on column bi.fact_anomaly.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.fact_cross_sell is 'For each product those that go into the same baskets, the nearest first.';
comment on column bi.fact_cross_sell.listed_on is 'The last day that was known; the load replaces it whole.';
comment on column bi.fact_cross_sell.product_key is 'Version of the product that held on the day.';
comment on column bi.fact_cross_sell.place is 'Place in the product''s list; 1 is the nearest.';
comment on column bi.fact_cross_sell.other_product_key is 'Version of the product that goes with it.';
comment on column bi.fact_cross_sell.similarity is 'Cosine of the two products'' vectors, at most 1.';
comment on column bi.fact_cross_sell.baskets is 'Baskets with the product among those that the model was trained on.';
comment on column bi.fact_cross_sell.baskets_together is 'Baskets with both among them; 0: only like baskets suggest it.';
comment on column bi.fact_cross_sell.lift is 'How many times as often both are bought together as by chance.';
comment on column bi.fact_cross_sell.model_version is 'Version of the model `cross_sell`.';
comment on column bi.fact_cross_sell.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.fact_foot_traffic is 'People through the doors of one store in one hour.';
comment on column bi.fact_foot_traffic.traffic_date is 'The store''s day.';
comment on column bi.fact_foot_traffic.store_key is 'Version of the store that held on that day.';
comment on column bi.fact_foot_traffic.hour_of_day is 'Hour on the store''s clock, 0 to 23.';
comment on column bi.fact_foot_traffic.entries is 'People who came in.';
comment on column bi.fact_foot_traffic.exits is 'People who left.';
comment on column bi.fact_foot_traffic.is_synthetic is 'Made up by a seeded rule, not counted.';
comment on column bi.fact_foot_traffic.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.fact_forecast is 'Demand for one product in one store on one day, as a model saw it on an earlier day.';
comment on column bi.fact_forecast.forecast_date is 'The last day that the forecast knew: it was made on the morning after. The load replaces this day whole.';
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
comment on view bi.fact_slow_mover is 'Products that will probably hardly sell in a store, and the money that their stock ties up. What sells has no row.';
comment on column bi.fact_slow_mover.measured_on is 'The last day that was known; the load replaces it whole.';
comment on column bi.fact_slow_mover.store_key is 'Version of the store that held on the day.';
comment on column bi.fact_slow_mover.product_key is 'Version of the product that held on the day.';
comment on column bi.fact_slow_mover.probability is 'Calibrated probability that it sells on fewer days of the horizon than a product of its class should: once a week (A), once a fortnight (B), once (C).';
comment on column bi.fact_slow_mover.horizon_days is 'Days ahead that are looked at.';
comment on column bi.fact_slow_mover.days_since_sale is 'Days since it last sold.';
comment on column bi.fact_slow_mover.aging is 'The same as a bucket: 0-30, 31-60, 61-90, over 90.';
comment on column bi.fact_slow_mover.on_hand_quantity is 'Units on hand when the day was over; null where no stock is told.';
comment on column bi.fact_slow_mover.unit_value is 'What a unit is worth.';
comment on column bi.fact_slow_mover.valued_at is 'cost: as the supply terms tell; price: as it was last paid for, because no cost is known.';
comment on column bi.fact_slow_mover.tied_up_amount is 'Units on hand × unit_value; null where either is unknown.';
comment on column bi.fact_slow_mover.model_version is 'Version of the model `slow_movers`.';
comment on column bi.fact_slow_mover.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.fact_stock_target is 'How much of each product a store should have, what decided about it, and what it has.';
comment on column bi.fact_stock_target.measured_on is 'The last day that was known; the load replaces it whole.';
comment on column bi.fact_stock_target.store_key is 'Version of the store that held on the day.';
comment on column bi.fact_stock_target.product_key is 'Version of the product that held on the day.';
comment on column bi.fact_stock_target.service_level is 'Probability with which the demand of the interval should not be above the target: 0.98 (class A), 0.95 (B), 0.9 (C).';
comment on column bi.fact_stock_target.protection_days is 'Days from a review until the goods of the next review''s order are there.';
comment on column bi.fact_stock_target.daily_quantity is 'Mean units a day over the last 28 days.';
comment on column bi.fact_stock_target.demand_quantity is 'The interval''s demand at the service level, before any rule.';
comment on column bi.fact_stock_target.target_quantity is 'Units that the store should have.';
comment on column bi.fact_stock_target.rule is 'What decided: the demand, the least stock that the shelf must show, how long the goods keep, or what the shelf holds.';
comment on column bi.fact_stock_target.days_of_cover is 'Days that the target lasts; null where nothing sells.';
comment on column bi.fact_stock_target.on_hand_quantity is 'Units on hand when the day was over; null where no stock is told.';
comment on column bi.fact_stock_target.on_hand_days_of_cover is 'Days that these last; null where nothing sells or no stock is told.';
comment on column bi.fact_stock_target.model_version is 'Version of the model `stock_targets`.';
comment on column bi.fact_stock_target.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.fact_stockout is 'One product that one store could not sell during part of one day. Sales on such a day are censored demand.';
comment on column bi.fact_stockout.stockout_date is 'The store''s day.';
comment on column bi.fact_stockout.store_key is 'Version of the store that held on that day.';
comment on column bi.fact_stockout.product_key is 'Version of the product that held on that day.';
comment on column bi.fact_stockout.out_of_stock_minutes is 'Minutes of the day without stock.';
comment on column bi.fact_stockout.lost_quantity is 'Estimated units that would have sold; null where no estimate was made.';
comment on column bi.fact_stockout.is_observed is 'The retailer recorded it; else it follows from the stock that we keep.';
comment on column bi.fact_stockout.is_synthetic is 'Rests on stock movements that were made up by a seeded rule.';
comment on column bi.fact_stockout.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.forecast_accuracy is 'Every past forecast against what came, by store × category × days ahead × day. Add the sums up before you divide: the ratios are of one row.';
comment on column bi.forecast_accuracy.target_date is 'The day that was forecast.';
comment on column bi.forecast_accuracy.store_key is 'Version of the store that held on the day.';
comment on column bi.forecast_accuracy.category is 'Category of the products on the day; Unknown where the catalogue says none.';
comment on column bi.forecast_accuracy.horizon_days is 'Days from the last day that the forecast knew: 1 is the next day.';
comment on column bi.forecast_accuracy.model_name is 'The model; weekday_mean stood in while none was champion.';
comment on column bi.forecast_accuracy.model_version is 'Its version in the registry.';
comment on column bi.forecast_accuracy.forecasts is 'Forecasts, one a product.';
comment on column bi.forecast_accuracy.actual_quantity is 'Units that sold.';
comment on column bi.forecast_accuracy.forecast_quantity is 'Units that were forecast, the mean.';
comment on column bi.forecast_accuracy.absolute_error is 'Sum over the products of |forecast − sold|.';
comment on column bi.forecast_accuracy.intervals is 'Forecasts that had quantiles.';
comment on column bi.forecast_accuracy.pinball_loss is 'Sum over those of the mean pinball loss of their seven quantiles, in units.';
comment on column bi.forecast_accuracy.covered_80 is 'Those of which what sold lay between the 10 % and the 90 % quantile.';
comment on column bi.forecast_accuracy.covered_90 is 'Those of which what sold lay between the 5 % and the 95 % quantile.';
comment on column bi.forecast_accuracy.wape is 'absolute_error ÷ actual_quantity; null where nothing sold.';
comment on column bi.forecast_accuracy.bias is '(forecast − sold) ÷ sold: above zero when too much was forecast; null where nothing sold.';
comment on column bi.forecast_accuracy.mean_pinball_loss is 'pinball_loss ÷ intervals.';
comment on column bi.forecast_accuracy.coverage_80 is 'covered_80 ÷ intervals: 0.8 is what is promised.';
comment on column bi.forecast_accuracy.coverage_90 is 'covered_90 ÷ intervals: 0.9 is what is promised.';
comment on column bi.forecast_accuracy.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.live_alerts is 'Alerts of stores: those that are open, and those that were resolved in the last month.';
comment on column bi.live_alerts.store_key is 'Current version of the store.';
comment on column bi.live_alerts.product_key is 'Current version of the product; null when it is about the store, or about many products of it.';
comment on column bi.live_alerts.alert_id is 'Its number.';
comment on column bi.live_alerts.alert_type is 'The rule that raised it.';
comment on column bi.live_alerts.severity is 'info, warning or critical.';
comment on column bi.live_alerts.impact is 'What it costs if nobody does anything, in the store''s money: per day for what sells, in all for what is lost.';
comment on column bi.live_alerts.message is 'One sentence for a person.';
comment on column bi.live_alerts.members is 'How many causes it stands for.';
comment on column bi.live_alerts.status is 'open, acknowledged, snoozed or resolved.';
comment on column bi.live_alerts.status_by is 'Who gave it this status; null: Shelfline itself.';
comment on column bi.live_alerts.status_why is 'Why.';
comment on column bi.live_alerts.first_seen is 'When its cause was first seen, UTC.';
comment on column bi.live_alerts.last_seen is 'When its cause was last seen, UTC.';
comment on column bi.live_alerts.resolved_at is 'When it was resolved, UTC.';
comment on column bi.live_alerts.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.live_anomalies is 'Sale lines of the last month that are unlike others, as they came.';
comment on column bi.live_anomalies.store_key is 'Current version of the store.';
comment on column bi.live_anomalies.product_key is 'Current version of the product; null when no catalogue knows it yet.';
comment on column bi.live_anomalies.sale_date is 'The store''s day.';
comment on column bi.live_anomalies.sold_at is 'When it was sold, UTC.';
comment on column bi.live_anomalies.transaction_id is 'Basket or invoice.';
comment on column bi.live_anomalies.line_no is 'Position of the line in the transaction.';
comment on column bi.live_anomalies.quantity is 'Units; negative for a return.';
comment on column bi.live_anomalies.unit_price is 'Price of a unit as it was rung up.';
comment on column bi.live_anomalies.net_amount is 'What was paid for the line.';
comment on column bi.live_anomalies.score is 'How odd, 0 to 1: average lines are near 0.5.';
comment on column bi.live_anomalies.reason is 'The feature that made it odd most.';
comment on column bi.live_anomalies.reasons is 'The features that made it odd, JSON: [{feature, value, share}], the strongest first.';
comment on column bi.live_anomalies.model_version is 'Version of the model.';
comment on column bi.live_anomalies.updated_at is 'When it was scored, UTC: the column to detect changes by.';
comment on view bi.live_lots is 'Lots on shelves that expire some day: what to sell first, and what is past its date.';
comment on column bi.live_lots.store_key is 'Current version of the store.';
comment on column bi.live_lots.product_key is 'Current version of the product.';
comment on column bi.live_lots.batch_id is 'The lot.';
comment on column bi.live_lots.on_hand is 'Units of it on the shelf: customers are taken to buy what expires first.';
comment on column bi.live_lots.expires_on is 'Its expiry date.';
comment on column bi.live_lots.days_left is 'Days until then by the store''s calendar; negative when it is past.';
comment on column bi.live_lots.received_on is 'The day on which it was first put on the shelf.';
comment on column bi.live_lots.updated_at is 'When the lot or its shelf was last written, UTC: the column to detect changes by.';
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
comment on view bi.live_shelf is 'Every shelf as it is now, as the streams keep it: for DirectQuery.';
comment on column bi.live_shelf.store_key is 'Current version of the store.';
comment on column bi.live_shelf.product_key is 'Current version of the product.';
comment on column bi.live_shelf.shelf_id is 'The home shelf; null for a product without a profile in this store.';
comment on column bi.live_shelf.available is 'Units on the shelf, not in anybody''s hands.';
comment on column bi.live_shelf.held is 'Units picked up a moment ago, that may come back.';
comment on column bi.live_shelf.on_shelf is 'available + held.';
comment on column bi.live_shelf.capacity is 'Units that the shelf holds; null without a profile.';
comment on column bi.live_shelf.fill_ratio is 'on_shelf ÷ capacity; null without a capacity.';
comment on column bi.live_shelf.weighed_units is 'Units by the last weight; null where nothing weighs.';
comment on column bi.live_shelf.last_refill_at is 'When goods were last put on it, UTC.';
comment on column bi.live_shelf.last_sale_at is 'When the product was last paid for, UTC.';
comment on column bi.live_shelf.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.live_stock is 'What should be on hand now, as the streams keep it: for DirectQuery. A pair appears after the first daily load that knows its store and product.';
comment on column bi.live_stock.store_key is 'Current version of the store.';
comment on column bi.live_stock.product_key is 'Current version of the product.';
comment on column bi.live_stock.on_hand_quantity is 'Units that should be on hand: what came, went or was counted, less what was sold.';
comment on column bi.live_stock.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.live_warehouse is 'Every product of every warehouse as it is now; for those who see every store.';
comment on column bi.live_warehouse.warehouse_id is 'The warehouse.';
comment on column bi.live_warehouse.product_key is 'Current version of the product.';
comment on column bi.live_warehouse.on_hand is 'Units in the warehouse.';
comment on column bi.live_warehouse.lots is 'Lots of which something is there.';
comment on column bi.live_warehouse.next_expires_on is 'The first expiry date among them.';
comment on column bi.live_warehouse.last_received_at is 'When goods last came in, UTC.';
comment on column bi.live_warehouse.last_shipped_at is 'When goods last went out, UTC.';
comment on column bi.live_warehouse.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.model_drift is 'Whether the world has moved away from what a champion was trained on, day by day; for who sees every store.';
comment on column bi.model_drift.drift_date is 'The last day that was known.';
comment on column bi.model_drift.model_name is 'The model, e.g. demand.';
comment on column bi.model_drift.kind is 'feature, error or gap.';
comment on column bi.model_drift.subject is 'The feature; forecast; or daily_sales.';
comment on column bi.model_drift.store_id is 'The store; * for all of them together.';
comment on column bi.model_drift.model_version is 'The champion that it was measured against.';
comment on column bi.model_drift.value is 'Stability index, WAPE, or missing days.';
comment on column bi.model_drift.threshold is 'What it may be.';
comment on column bi.model_drift.size_trained is 'Series, forecasts or days of training.';
comment on column bi.model_drift.size_now is 'Series, forecasts or days now.';
comment on column bi.model_drift.is_drifted is 'Whether the value is above the threshold.';
comment on column bi.model_drift.message is 'One sentence for a person.';
comment on column bi.model_drift.updated_at is 'When it was measured, UTC: the column to detect changes by.';
comment on view bi.my_access is 'What the login that asks may see; empty for one that sees nothing.';
comment on column bi.my_access.user_name is 'The login.';
comment on column bi.my_access.scope is 'store, region or all.';
comment on column bi.my_access.store_id is 'The store, for scope store.';
comment on column bi.my_access.region is 'The region, for scope region.';
comment on column bi.my_access.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on view bi.open_orders is 'Lines of orders that are not over: what is to come, or waits for approval.';
comment on column bi.open_orders.order_date is 'The day of the order.';
comment on column bi.open_orders.purchase_order_id is 'The order.';
comment on column bi.open_orders.line_no is 'Its line.';
comment on column bi.open_orders.supplier_key is 'The supplier.';
comment on column bi.open_orders.store_key is 'Version of the store or warehouse, at the order.';
comment on column bi.open_orders.product_key is 'Version of the product, at the order.';
comment on column bi.open_orders.status is 'Where the order is in its life.';
comment on column bi.open_orders.proposed_quantity is 'Units that were planned.';
comment on column bi.open_orders.ordered_quantity is 'Units ordered.';
comment on column bi.open_orders.received_quantity is 'Units that came, damaged ones included.';
comment on column bi.open_orders.outstanding_quantity is 'Units that are to come.';
comment on column bi.open_orders.outstanding_amount is 'What they cost, in the supplier''s money.';
comment on column bi.open_orders.expected_date is 'The day on which they are expected.';
comment on column bi.open_orders.sent_at is 'Instant at which the supplier was sent it, UTC; null: not yet.';
comment on column bi.open_orders.updated_at is 'When the row was last written, UTC.';
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
comment on view bi.proposals_against_edits is 'Order lines that people have edited, against the untouched proposal: which of the two was nearer to what turned out to be needed.';
comment on column bi.proposals_against_edits.order_date is 'The day of the order.';
comment on column bi.proposals_against_edits.purchase_order_id is 'The order.';
comment on column bi.proposals_against_edits.line_no is 'Its line.';
comment on column bi.proposals_against_edits.supplier_key is 'The supplier.';
comment on column bi.proposals_against_edits.store_key is 'Version of the store or warehouse, at the order.';
comment on column bi.proposals_against_edits.product_key is 'Version of the product, at the order.';
comment on column bi.proposals_against_edits.edited_by is 'Who edited it last.';
comment on column bi.proposals_against_edits.reason_code is 'Why.';
comment on column bi.proposals_against_edits.proposed_quantity is 'Units that were planned.';
comment on column bi.proposals_against_edits.ordered_quantity is 'Units that were ordered instead.';
comment on column bi.proposals_against_edits.position_quantity is 'Units on hand and on order when it was planned.';
comment on column bi.proposals_against_edits.forecast_quantity is 'Units that were expected to be asked for in the days to cover.';
comment on column bi.proposals_against_edits.demand_quantity is 'Units that were sold in these days. What nobody could buy is not in it.';
comment on column bi.proposals_against_edits.cover_days is 'The days to cover: lead time and review.';
comment on column bi.proposals_against_edits.needed_quantity is 'What would have been right in hindsight: demand less position.';
comment on column bi.proposals_against_edits.proposal_miss is 'Units by which the proposal was off.';
comment on column bi.proposals_against_edits.edit_miss is 'Units by which the edit was off.';
comment on column bi.proposals_against_edits.value_added is 'By how much the edit was nearer, at cost; negative: the proposal was better.';
comment on column bi.proposals_against_edits.updated_at is 'When the row was last written, UTC.';
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
comment on view bi.supplier_performance is 'How suppliers delivered what was ordered in the last 180 days, by the location that ordered.';
comment on column bi.supplier_performance.supplier_key is 'The supplier.';
comment on column bi.supplier_performance.store_key is 'Current version of the store or warehouse.';
comment on column bi.supplier_performance.lines is 'Lines of orders that were sent.';
comment on column bi.supplier_performance.settled_lines is 'Lines of which everything came or will not come.';
comment on column bi.supplier_performance.fill is 'Of settled lines: units that came ÷ units ordered.';
comment on column bi.supplier_performance.damaged is 'Units that were damaged ÷ units that came.';
comment on column bi.supplier_performance.deliveries is 'Deliveries, one per line and delivery.';
comment on column bi.supplier_performance.on_time is 'Share of deliveries on the expected day or before.';
comment on column bi.supplier_performance.lead_time_mean_days is 'Days from sending an order until goods came, on average.';
comment on column bi.supplier_performance.lead_time_p10_days is 'One of ten deliveries took so many days or fewer.';
comment on column bi.supplier_performance.lead_time_p50_days is 'Half of the deliveries took so many days or fewer.';
comment on column bi.supplier_performance.lead_time_p90_days is 'Nine of ten deliveries took so many days or fewer.';
comment on column bi.supplier_performance.lead_time_deviation_days is 'Standard deviation of the lead time, in days.';
comment on column bi.supplier_performance.updated_at is 'When the row was last written, UTC.';
comment on view bi.transfers is 'Transfers between locations that were proposed in place of buying, and what became of them.';
comment on column bi.transfers.transfer_id is 'The transfer.';
comment on column bi.transfers.review_date is 'The day whose plan proposed it.';
comment on column bi.transfers.store_key is 'Current version of the store or warehouse that takes.';
comment on column bi.transfers.from_location_id is 'The store or warehouse that gives.';
comment on column bi.transfers.product_key is 'Current version of the product.';
comment on column bi.transfers.state is 'proposed, approved, denied, expired, shipped or received.';
comment on column bi.transfers.quantity is 'Units to move.';
comment on column bi.transfers.shipped_quantity is 'Units that left.';
comment on column bi.transfers.gain_amount is 'Money by which the expected costs of both fall, moving paid.';
comment on column bi.transfers.currency is 'ISO 4217 code of the gain.';
comment on column bi.transfers.decided_by is 'Who approved or denied it.';
comment on column bi.transfers.reason_code is 'Why it was denied.';
comment on column bi.transfers.shipped_at is 'When it left, UTC.';
comment on column bi.transfers.arrives_at is 'When it is there, UTC.';
comment on column bi.transfers.updated_at is 'When the row was last written, UTC.';
comment on table ops.accepted_losses is 'Offsets that a processor passed without reading them, because a person accepted that they are lost.';
comment on column ops.accepted_losses.from_offset is 'The first offset that is lost.';
comment on column ops.accepted_losses.to_offset is 'Where the processor continues.';
comment on column ops.accepted_losses.problem is 'Why they could not be read.';
comment on column ops.accepted_losses.accepted_by is 'Who accepted it.';
comment on column ops.accepted_losses.why is 'Why, in their words.';
comment on table ops.activity_retry is 'Activities of workflows that failed and are tried again: a row from the first failure until one attempt succeeds or none is left.';
comment on column ops.activity_retry.workflow_id is 'The workflow that waits for it.';
comment on column ops.activity_retry.activity_id is 'Temporal''s number of it within the run.';
comment on column ops.activity_retry.activity is 'Its name in the code.';
comment on column ops.activity_retry.attempts is 'How many attempts have failed.';
comment on column ops.activity_retry.first_failed_at is 'When the first of them that is known of failed. All instants by the real clock.';
comment on column ops.activity_retry.last_failed_at is 'When the last one failed.';
comment on column ops.activity_retry.last_error is 'Why; without secrets, at most 1,000 characters.';
comment on column ops.activity_retry.next_try_at is 'When it is tried again; in the past: it is being tried.';
comment on view ops.activity_retrying is 'Activities that are tried again now.';
comment on column ops.activity_retrying.purchase_order_id is 'The order whose workflow it is; null: it is no order''s.';
comment on column ops.activity_retrying.is_alerting is 'After so many attempts somebody should look.';
comment on table ops.alert is 'Alerts; of one cause only one that is not resolved.';
comment on column ops.alert.dedup_key is 'The cause.';
comment on column ops.alert.alert_type is 'The rule that raised it.';
comment on column ops.alert.product_id is 'The product; null when it is about the store, or about many products of it.';
comment on column ops.alert.severity is 'info, warning or critical.';
comment on column ops.alert.impact is 'What it costs if nobody does anything, in the store''s money: per day for what sells, in all for what is lost. Null: nobody knows.';
comment on column ops.alert.message is 'One sentence for a person.';
comment on column ops.alert.evidence is 'The figures that it rests on.';
comment on column ops.alert.recommended_quantity is 'Units to bring.';
comment on column ops.alert.members is 'How many causes it stands for.';
comment on column ops.alert.first_seen is 'When its cause was first seen.';
comment on column ops.alert.last_seen is 'When its cause was last seen.';
comment on column ops.alert.status is 'open; acknowledged: somebody takes care; snoozed: nobody wants to hear of it until snoozed_until; resolved.';
comment on column ops.alert.status_by is 'Who gave it this status; null: Shelfline itself.';
comment on column ops.alert.status_why is 'Why.';
comment on column ops.alert.snoozed_until is 'When a snoozed alert is open again, if its cause still holds.';
comment on column ops.alert.resolved_at is 'When it was resolved.';
comment on table ops.alert_action is 'What people did about alerts, and why. Append-only.';
comment on table ops.alert_rule is 'The rules that raise alerts: what each means, when its alerts go away, and how it went last.';
comment on column ops.alert_rule.alert_type is 'The rule: the function ops.alert_<alert_type>(as_of).';
comment on column ops.alert_rule.topic is 'Where a new alert is told.';
comment on column ops.alert_rule.every is 'How much time passes between two looks, by the business clock.';
comment on column ops.alert_rule.resolve_after is 'An alert whose cause was not seen for so long is resolved.';
comment on column ops.alert_rule.group_from is 'From so many causes in one store on there is one alert for all of them; null: never.';
comment on column ops.alert_rule.meaning is 'What it means, for a person.';
comment on column ops.alert_rule.last_as_of is 'The instant that it was last looked at for.';
comment on column ops.alert_rule.last_ms is 'Milliseconds that it took.';
comment on column ops.alert_rule.last_causes is 'Causes that held then.';
comment on column ops.alert_rule.last_error is 'Why the last look failed; null when it did not.';
comment on table ops.anomaly is 'Sale lines that are unlike others, by the isolation forest that was champion when they came; kept for 30 days. A usual line has no row.';
comment on column ops.anomaly.sale_date is 'The store''s day.';
comment on column ops.anomaly.event_key is 'The event, as state.event_key names it.';
comment on column ops.anomaly.sold_at is 'When it was sold.';
comment on column ops.anomaly.quantity is 'Units; negative for a return.';
comment on column ops.anomaly.unit_price is 'Price of a unit as it was rung up.';
comment on column ops.anomaly.amount is 'What was paid for the line.';
comment on column ops.anomaly.score is 'How odd, 0 to 1: average lines are near 0.5.';
comment on column ops.anomaly.reason is 'The feature that made it odd most.';
comment on column ops.anomaly.reasons is 'The features that made it odd: [{feature, value, share}], the strongest first.';
comment on column ops.anomaly.model_version is 'Version of the model `unusual_sales`.';
comment on column ops.anomaly.found_at is 'When it was scored.';
comment on table ops.anomaly_scorer is 'Which version of the model `unusual_sales` scores sale lines; at most one row.';
comment on column ops.anomaly_scorer.model_version is 'The version that scores; null: none has been loaded yet.';
comment on column ops.anomaly_scorer.loaded_at is 'When it was loaded.';
comment on column ops.anomaly_scorer.problem is 'Why the champion does not score, where it does not; the version before it goes on.';
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
comment on column ops.clock.places_ahead is 'Stores, and the warehouses that fill them, whose events reach beyond the time at which the run began: what holds there at the run''s time nobody knows, so no alert is made of them and no price is changed.';
comment on table ops.cycle_count is 'Shelves that somebody should count, because what is said to be there does not sell.';
comment on column ops.cycle_count.expected is 'Units that the shelf should hold.';
comment on column ops.cycle_count.corrected_before is 'Sum of all corrections of the shelf before: a count changes it.';
comment on column ops.cycle_count.outcome is 'counted: a count came; no longer needed: it sold, or was put right otherwise.';
comment on table ops.dead_letters is 'Every message that broke its contract or that the database refused, with the reason.';
comment on column ops.dead_letters.origin is '`contract` for a broken contract, whoever saw it first; else the processor that could not apply it.';
comment on column ops.dead_letters.payload is 'The message, or its beginning where is_cut.';
comment on column ops.dead_letters.known_at is 'When the message reached Kafka.';
comment on column ops.dead_letters.attempts is 'How often it failed: once, and once more for each replay that came back.';
comment on column ops.dead_letters.relayed_attempts is 'The attempt that was last sent to the dead letter topic; behind `attempts` while one is to be sent.';
comment on column ops.dead_letters.payload_bytes is 'Bytes of the whole message; null when it was empty.';
comment on column ops.dead_letters.payload_sha256 is 'SHA-256 of the whole message, hexadecimal.';
comment on column ops.dead_letters.is_cut is 'Whether only the beginning of the payload or of the key is kept; the whole is in Kafka for as long as Kafka keeps it.';
comment on column ops.dead_letters.read_partition is 'Partition of the message that the payload was read from: of the newest replay that failed, else the first message.';
comment on column ops.dead_letters.read_offset is 'Offset of that message.';
comment on table ops.discount is 'Lots on shelves that are near their expiry, and by how much they are marked down on a day.';
comment on column ops.discount.discount_date is 'The store''s day.';
comment on column ops.discount.on_hand is 'Units of the lot that were on the shelf when the discount began.';
comment on column ops.discount.ended_at is 'When the lot was gone, or the day over.';
comment on table ops.dropped_partitions is 'Partitions whose rows and ledger row were removed by hand. Append-only.';
comment on column ops.dropped_partitions.run is 'Number of the run that removed it, counted with those that build.';
comment on column ops.dropped_partitions.asset is 'The asset.';
comment on column ops.dropped_partitions.date is 'The store''s day.';
comment on column ops.dropped_partitions.rows is 'Rows that it held; null when it was never built.';
comment on column ops.dropped_partitions.bytes is 'Bytes that it had; null when it was never built.';
comment on column ops.dropped_partitions.succeeded_run is 'The run that had built it; null when none had.';
comment on column ops.dropped_partitions.dropped_by is 'Who removed it.';
comment on column ops.dropped_partitions.why is 'Why, in their words.';
comment on column ops.dropped_partitions.dropped_at is 'When.';
comment on table ops.forecast_dependence is 'How the errors of a week''s forecasts went together, each over its own standard deviation; replenishment learns from the last quarter. The mean of the products of two errors over the mean of the squares is their correlation.';
comment on column ops.forecast_dependence.measured_on is 'The last day of the week that was forecast; the load replaces it whole.';
comment on column ops.forecast_dependence.forecast_date is 'The last day that the forecasts knew.';
comment on column ops.forecast_dependence.errors is 'Forecasts of a product in a store for a day, of those that had quantiles.';
comment on column ops.forecast_dependence.squares is 'Sum of the squares of their errors.';
comment on column ops.forecast_dependence.day_pairs is 'Ordered pairs of two days of one product in one store.';
comment on column ops.forecast_dependence.day_products is 'Sum of the products of the errors of those.';
comment on column ops.forecast_dependence.store_pairs is 'Ordered pairs of two stores with one product on one day.';
comment on column ops.forecast_dependence.store_products is 'Sum of the products of the errors of those.';
comment on column ops.forecast_dependence.updated_at is 'When the row was written.';
comment on table ops.goods_receipt is 'What suppliers told of their deliveries of orders, one row per message of supplier_shipments. Append-only but for told_at.';
comment on column ops.goods_receipt.event_id is 'The message; it counts once.';
comment on column ops.goods_receipt.line_no is 'The line of the order; null: it was not ordered.';
comment on column ops.goods_receipt.status is 'announced, shipped, delivered, or cancelled: it will not come.';
comment on column ops.goods_receipt.quantity is 'Units, damaged ones included.';
comment on column ops.goods_receipt.happened_on is 'The day by the clock of the location.';
comment on column ops.goods_receipt.stock_event_id is 'The event that took the goods into stock for this receipt; null: the location tells of its goods itself.';
comment on column ops.goods_receipt.recorded_at is 'When it was taken in, by the business clock.';
comment on column ops.goods_receipt.told_at is 'When the order''s workflow had heard of it.';
comment on table ops.incident is 'Times that were not as usual (a flood, a strike, a till that was away): no baseline is made from them.';
comment on column ops.incident.store_id is 'The store; null: every store.';
comment on table ops.inventory_balances is 'Sum of the movements of all days in analytics.fact_inventory, per store and product: where the next day opens (decision 0021).';
comment on column ops.inventory_balances.store_key is 'Key of the store''s first version, whichever holds now.';
comment on column ops.inventory_balances.product_key is 'Key of the product''s first version, whichever holds now.';
comment on column ops.inventory_balances.last_date is 'No day after this one holds a movement.';
comment on view ops.lot_leaving is 'Picked in a warehouse, for a shelf or another location, and not seen to have left.';
comment on table ops.markdown is 'Prices that are down because lots are near their expiry, and what they go back to.';
comment on table ops.minute_job is 'The jobs that run every minute, in their order, and how each went last.';
comment on column ops.minute_job.job is 'The job: the function ops.<job>(as_of, limit_rows).';
comment on column ops.minute_job."position" is 'Its place in the order.';
comment on column ops.minute_job.every is 'How much time passes between two runs, by the business clock: a job that looks through a lot runs less often.';
comment on column ops.minute_job.last_as_of is 'The instant that it was last run for.';
comment on column ops.minute_job.last_changed is 'Rows that it changed then.';
comment on column ops.minute_job.last_ms is 'Milliseconds that it took.';
comment on column ops.minute_job.last_finished_at is 'When it last ended well.';
comment on column ops.minute_job.last_error is 'Why its last run failed; null when it did not.';
comment on column ops.minute_job.last_failed_at is 'When it last failed.';
comment on column ops.minute_job.failures is 'How often it failed.';
comment on table ops.model_alias_log is 'Which version an alias has named since when. Append-only: the newest row counts, and an older one answers for its time.';
comment on column ops.model_alias_log.changed_by is 'A person, or the workflow that trained it.';
comment on table ops.model_drift is 'Whether the world has moved away from what a champion was trained on; measured every day after the predictions, which replaces the day whole.';
comment on column ops.model_drift.drift_date is 'The last day that was known.';
comment on column ops.model_drift.model_name is 'The model, e.g. demand.';
comment on column ops.model_drift.kind is 'feature: a feature lies otherwise (population stability index of the last seven days); error: forecasts are worse than training measured (WAPE of the last fortnight); gap: a day without data where some is usual.';
comment on column ops.model_drift.subject is 'The feature; forecast; or daily_sales.';
comment on column ops.model_drift.store_id is 'The store; * for all of them together.';
comment on column ops.model_drift.model_version is 'The champion that it was measured against.';
comment on column ops.model_drift.value is 'The index, the error, or how many of the last 28 days are missing.';
comment on column ops.model_drift.threshold is 'What it may be, which depends on the sample sizes.';
comment on column ops.model_drift.size_trained is 'Series (feature) or forecasts (error) that training measured; days that were looked at (gap).';
comment on column ops.model_drift.size_now is 'Series, forecasts or days with data now.';
comment on column ops.model_drift.is_drifted is 'Whether the value is above the threshold.';
comment on column ops.model_drift.message is 'One sentence for a person.';
comment on column ops.model_drift.measured_at is 'When it was measured.';
comment on table ops.model_metric is 'How well each candidate forecast days that it was not trained on, when a version was trained.';
comment on column ops.model_metric.candidate is 'chosen is what the version forecasts with; champion: who was champion then; the others are what it could have been.';
comment on column ops.model_metric.segment is 'Demand class of the series, or all.';
comment on column ops.model_metric.horizon is 'Days ahead, e.g. 1-7; all; or orders: what orders by the forecasts would have come to.';
comment on column ops.model_metric.metric is 'wape, bias, mase, rmse, pinball or coverage_80; of orders: holding_cost, stock_out_cost, waste_cost, cost and fill_rate.';
comment on column ops.model_metric.value is 'The metric''s value.';
comment on column ops.model_metric.rows is 'Forecasts that it is over.';
comment on table ops.model_version is 'Every model that was trained: from what, how, and where it lies.';
comment on column ops.model_version.model_name is 'The model, e.g. demand.';
comment on column ops.model_version.version is 'Counts up from 1 for each model.';
comment on column ops.model_version.created_at is 'When it was registered.';
comment on column ops.model_version.trained_from is 'The first day whose features it was trained on.';
comment on column ops.model_version.trained_through is 'The last day of whose sales it was trained on.';
comment on column ops.model_version.artefact is 'Folder in the bucket; the boosters in it are XGBoost''s own JSON.';
comment on column ops.model_version.code_version is 'Hash over the statements of its features and the code around them.';
comment on column ops.model_version.seed is 'Seed of everything that is drawn at random.';
comment on column ops.model_version.parameters is 'What was chosen: objective, rounds and further parameters by horizon block.';
comment on column ops.model_version.inputs is 'By lake table: the version that was read.';
comment on column ops.model_version.training_rows is 'Rows of the final training, over its horizon blocks.';
comment on column ops.model_version.duration_ms is 'Milliseconds that reading, validation and training took.';
comment on column ops.model_version.workflow_id is 'Temporal workflow that trained it.';
comment on column ops.model_version.decision is 'Why it was promoted, or was not.';
comment on table ops.notification is 'Messages to people and systems: those that wait, those that were sent, and those that nobody took.';
comment on column ops.notification.notification_id is 'Sent along, as Message-ID or webhook-id: a receiver that gets it twice can tell.';
comment on column ops.notification.kind is 'immediate and digest tell alerts; approval, summary, test.';
comment on column ops.notification.content is 'What it tells; each channel shows it in its own way.';
comment on column ops.notification.status is 'waiting, sent, or dead: refused for good, or tried too often.';
comment on column ops.notification.next_attempt_at is 'Not before.';
comment on table ops.notification_cause is 'What a route has heard of, or will: each cause once.';
comment on column ops.notification_cause.cause is 'alert/<number>/<severity>/<times that somebody acted on it>, approval/<order>/<new or escalated>, or summary/<day>.';
comment on column ops.notification_cause.kind is 'The kind of message that tells it.';
comment on column ops.notification_cause.alert_id is 'The alert, when it is about one.';
comment on column ops.notification_cause.purchase_order_id is 'The order, when it is about one.';
comment on column ops.notification_cause.due_at is 'Not before, by the business clock.';
comment on column ops.notification_cause.notification_id is 'The message that tells it; null: not due yet, or dropped.';
comment on column ops.notification_cause.dropped_why is 'Why nobody needs to hear of it any more.';
comment on view ops.on_order is 'What is on order for each location and product: drafts, orders that wait for approval and transfers from other locations count, and so do the plans that the minute job made before there were terms.';
comment on column ops.on_order.quantity is 'Units that are to come.';
comment on column ops.on_order.draft_quantity is 'Units of them that nobody has approved yet.';
comment on table ops.order_fact_day is 'Which state of a day''s orders fact_purchase_order shows.';
comment on column ops.order_fact_day.revisions is 'Sum of the revisions of the day''s orders when it was filled: another sum is another state.';
comment on table ops.outbox is 'Messages to Kafka, written in the transaction of what they tell. The stream worker sends them in order and deletes what was sent: at least once.';
comment on column ops.outbox.topic is 'Name of the topic in the catalogue, without a suffix.';
comment on column ops.outbox.key is 'The message key.';
comment on column ops.outbox.payload is 'The message, JSON.';
comment on column ops.outbox.emitted_at is 'The message''s timestamp in Kafka, its known_at: simulated when a simulation runs.';
comment on column ops.outbox.bytes is 'Bytes of the payload: rounds are cut by them before any payload is read.';
comment on column ops.outbox.queued_at is 'When it was written, by the real clock: how long it has waited.';
comment on column ops.outbox.unsent_id is 'The message that was set aside and is sent again; null: it is new.';
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
comment on table ops.purchase_order is 'Orders to suppliers, from the draft on; one per supplier, location and day of review that was not cancelled before it was sent.';
comment on column ops.purchase_order.purchase_order_id is 'PO-<supplier>-<location>-<yyyymmdd>, and -2, -3 … where an earlier order of the day was cancelled before it was sent.';
comment on column ops.purchase_order.location_id is 'The warehouse or store that the goods go to.';
comment on column ops.purchase_order.review_date is 'The day for which it was planned.';
comment on column ops.purchase_order.status is 'Where it is in its life.';
comment on column ops.purchase_order.currency is 'ISO 4217 code of the supplier''s prices.';
comment on column ops.purchase_order.total_value is 'Sum of quantity × unit cost over its lines.';
comment on column ops.purchase_order.expected_on is 'The day on which the goods are expected.';
comment on column ops.purchase_order.created_at is 'When it was drafted, by the business clock.';
comment on column ops.purchase_order.updated_at is 'When it last changed, by the business clock.';
comment on column ops.purchase_order.revision is 'Counts up with every change; who changes it names the revision that he has seen.';
comment on column ops.purchase_order.expires_at is 'When it is given up if nobody has decided by then; null: not decided yet or not waiting.';
comment on column ops.purchase_order.risks is 'Why it is looked at more closely than its value asks for.';
comment on column ops.purchase_order.approval_role is 'The role that has to approve it; null: nobody has to.';
comment on column ops.purchase_order.approvals_needed is 'How many people have to approve it.';
comment on column ops.purchase_order.escalates_after is 'Without a decision for so long after waits_since the roles above are asked too.';
comment on column ops.purchase_order.expires_after is 'Without a decision for so long after waits_since it is given up.';
comment on column ops.purchase_order.waits_since is 'Since when it waits for approval, by the real clock: escalation and expiry count from then.';
comment on column ops.purchase_order.escalated_at is 'When the roles above were asked too; null: they were not.';
comment on column ops.purchase_order.approved_revision is 'The revision as approved: what the supplier gets is named by it, so that he gets it once.';
comment on column ops.purchase_order.sent_at is 'When the supplier was sent it, by the business clock.';
comment on column ops.purchase_order.looked_after_at is 'When its workflow was last told to look, by the real clock.';
comment on column ops.purchase_order.withdrawal_due_at is 'Since when its supplier is to be told that it, or the rest of it, was cancelled; null: there is nothing to tell, or it was told. By the business clock.';
comment on table ops.purchase_order_action is 'Who did what to an order, and why. Append-only.';
comment on column ops.purchase_order_action.acted_by is 'A person, or the part of Shelfline that did it.';
comment on column ops.purchase_order_action.acted_at is 'When, by the business clock.';
comment on column ops.purchase_order_action.line_no is 'The line; null when it was about the order.';
comment on column ops.purchase_order_action.detail is 'What it was before and after.';
comment on column ops.purchase_order_action.request_id is 'Who asked for it names his request; the same request is carried out once.';
comment on view ops.purchase_order_approver is 'Who has a say in which order, and as whom.';
comment on column ops.purchase_order_approver.on_behalf_of is 'Whose right it is: his own, or that of somebody who made him his delegate.';
comment on column ops.purchase_order_approver.may_approve is 'Whether the role is the one that the order waits for, or one above; without it he may edit and cancel.';
comment on table ops.purchase_order_invoice is 'Invoices that agreed with their orders: each counts once. Disputed ones are in ops.purchase_order_action only.';
comment on column ops.purchase_order_invoice.invoice_number is 'The supplier''s number; one invoice may be about several orders.';
comment on column ops.purchase_order_invoice.content is 'Units by product and price, in one order: by it the same invoice is told from another one under its number.';
comment on column ops.purchase_order_invoice.taken_by is 'Who sent it.';
comment on column ops.purchase_order_invoice.taken_at is 'When it was counted, by the business clock.';
comment on table ops.purchase_order_line is 'What is ordered of each product, and why.';
comment on column ops.purchase_order_line.line_no is 'Position of the line in the order, from 1.';
comment on column ops.purchase_order_line.proposed_quantity is 'Units that were planned; a person''s edit leaves it.';
comment on column ops.purchase_order_line.quantity is 'Units that are ordered.';
comment on column ops.purchase_order_line.unit_cost is 'Price of a unit.';
comment on column ops.purchase_order_line.received_quantity is 'Units that came so far, damaged ones included.';
comment on column ops.purchase_order_line.damaged_quantity is 'Units of them that were damaged.';
comment on column ops.purchase_order_line.explanation is 'Every term that the quantity follows from; `shelfline orders explain` shows it.';
comment on column ops.purchase_order_line.cancelled_quantity is 'Units that will not come: the supplier said so, or they were waited for too long.';
comment on column ops.purchase_order_line.invoiced_quantity is 'Units on invoices that agree with the order and with what came.';
comment on table ops.relay_problem is 'Topics to which a relay can''t send at the moment. Their messages wait; other topics do not.';
comment on column ops.relay_problem.relay is 'outbox, or dead_letters: the relay to the `.dlq` topics.';
comment on column ops.relay_problem.topic is 'Name of the topic in the catalogue; for dead_letters the topic that the letters came from.';
comment on column ops.relay_problem.attempts is 'Sends that failed since the last one that Kafka took.';
comment on column ops.relay_problem.next_attempt_at is 'Not before.';
comment on column ops.relay_problem.error is 'Why the last send failed.';
comment on table ops.removal is 'Expired lots that were taken off shelves and out of warehouses as waste.';
comment on column ops.removal.place_id is 'The store or the warehouse.';
comment on column ops.removal.unit_price is 'What a unit sold for, where it is known: the worth of what was lost.';
comment on column ops.removal.applied_at is 'When the event was seen to have come back.';
comment on table ops.replenishment_skip is 'What a run of the replenishment could not plan, and why; a newer run of the day replaces it.';
comment on column ops.replenishment_skip.supplier_id is 'The supplier whose lines were planned.';
comment on column ops.replenishment_skip.product_id is 'The product; empty when nothing of the supplier could be planned.';
comment on column ops.replenishment_skip.reason is 'A word for programs: unknown_product, unknown_supplier, no_terms, …';
comment on column ops.replenishment_skip.detail is 'A sentence for a person, with the way out.';
comment on table ops.restock_pick is 'What was picked for a plan, by lot: on its way out of the warehouse, then onto the shelf. Each step is an event through Kafka.';
comment on column ops.restock_pick.event_id is 'The warehouse event that takes it out.';
comment on column ops.restock_pick.batch_id is 'The lot; empty when nobody knows it.';
comment on column ops.restock_pick.event_date is 'The day of that event, under which it is remembered once it was applied.';
comment on column ops.restock_pick.applied_at is 'When the warehouse event was seen to have come back.';
comment on column ops.restock_pick.refill_due_at is 'When staff will have put it on the shelf.';
comment on column ops.restock_pick.refill_event_id is 'The shelf event that puts it on.';
comment on column ops.restock_pick.refill_date is 'The day of that event.';
comment on column ops.restock_pick.refill_sent_at is 'When that event was sent.';
comment on column ops.restock_pick.refilled_at is 'When that event was seen to have come back.';
comment on table ops.restock_plan is 'Shelves that are to be filled up from their warehouse; one at a time per store and product.';
comment on column ops.restock_plan.plan_id is 'Made from store, product and the instant of its cause.';
comment on column ops.restock_plan.quantity is 'Units to bring.';
comment on column ops.restock_plan.available is 'What the shelf should have held when it was planned.';
comment on column ops.restock_plan.capacity is 'What the shelf can hold.';
comment on column ops.restock_plan.status is 'open: not picked yet; picked: on its way; refilled; cancelled: the shelf had been filled otherwise.';
comment on column ops.restock_plan.is_short is 'The warehouse had less than was wanted.';
comment on column ops.restock_plan.picked_quantity is 'Units that were picked.';
comment on column ops.restock_plan.closed_at is 'When the refill came back through Kafka, or it was cancelled.';
comment on table ops.returned_letters is 'Replays that failed again: which message opened which letter again. With ops.dead_letters they are all messages that were refused.';
comment on column ops.returned_letters.origin is 'Who refused it, as in ops.dead_letters.';
comment on table ops.sales_rate_day is 'For which of its days the sales rates of a store were counted last.';
comment on table ops.sign_in_failure is 'Failed tries to sign in, of the last day: they lock a name and an address for some minutes.';
comment on column ops.sign_in_failure.person is 'The name that was tried, also one that nobody has.';
comment on table ops.stream_controls is 'What `shelfline streams pause` and `resume` asked for; running workers follow within a second or two.';
comment on table ops.stream_offsets is 'The next offset that a processor will read from a partition, and the outcomes of all it has read. It is advanced by compare-and-swap in the transaction that holds the effects.';
comment on column ops.stream_offsets."position" is 'The next offset to read. Offsets have gaps: it is not a count of messages.';
comment on column ops.stream_offsets.late is 'Applied, but the day was already materialised: its partitions must be rebuilt.';
comment on column ops.stream_offsets.lost is 'Offsets that Kafka deleted before they were read, after a person accepted the loss.';
comment on column ops.stream_offsets.problem is 'Why the partition stands still until a person decides; null when it does not.';
comment on column ops.stream_offsets.problem_next is 'Where the partition continues when what lies there is accepted as lost; null when it is not unreadable.';
comment on table ops.stream_skips is 'Messages that a person had skipped: the processor makes each a dead letter with the reason `skipped`, without reading it. Rows stay as the record of who did it.';
comment on column ops.stream_skips.why is 'Why it can''t be passed otherwise.';
comment on column ops.stream_skips.requested_by is 'The login on the operating system of who asked.';
comment on table ops.stream_watermark is 'How far each partition is in event time: nothing older is expected from it. Advanced in the transaction of the batch.';
comment on column ops.stream_watermark.watermark is 'The newest event_at that was seen, less the allowed lateness; it never goes back.';
comment on column ops.stream_watermark.active_at is 'When the newest message that was read reached Kafka.';
comment on view ops.supplier_lead_time is 'Every delivery of an order with how long it took: the distribution that plans are made with.';
comment on column ops.supplier_lead_time.lead_time_days is 'Days from sending the order until the goods came.';
comment on column ops.supplier_lead_time.days_late is 'Days after the expected one; negative: before it.';
comment on view ops.supplier_performance is 'How suppliers delivered what was ordered in the last 180 days, by the location that ordered.';
comment on column ops.supplier_performance.lines is 'Lines of orders that were sent.';
comment on column ops.supplier_performance.settled_lines is 'Lines of which everything came or will not come.';
comment on column ops.supplier_performance.fill is 'Of settled lines: units that came ÷ units ordered; null when none is settled.';
comment on column ops.supplier_performance.damaged is 'Units that were damaged ÷ units that came.';
comment on column ops.supplier_performance.deliveries is 'Deliveries, one per line and delivery.';
comment on column ops.supplier_performance.on_time is 'Share of deliveries on the expected day or before.';
comment on column ops.supplier_performance.lead_time_p90_days is 'Nine of ten deliveries took so many days or fewer.';
comment on column ops.supplier_performance.lead_time_deviation_days is 'Standard deviation of the lead time, in days.';
comment on table ops.supplier_plan is 'What suppliers are asked to deliver to warehouses; one at a time per warehouse and product.';
comment on column ops.supplier_plan.plan_id is 'Made from warehouse, product and the instant of its cause.';
comment on column ops.supplier_plan.quantity is 'Units asked for.';
comment on column ops.supplier_plan.on_hand is 'Units on hand, less what was picked, when it was planned.';
comment on column ops.supplier_plan.received_before is 'Units that the warehouse had received in all when it was planned.';
comment on column ops.supplier_plan.received_quantity is 'Units that came since.';
comment on column ops.supplier_plan.status is 'open; received in full; short: less came, and the time is over; lapsed: nothing came.';
comment on column ops.supplier_plan.due_at is 'When it is expected. A lead time later nobody waits any more, and what is missing is planned anew.';
comment on table ops.topic_logs is 'The logs of each topic that were read, one after another. A stored offset is Kafka''s own plus the base of its log, so that offsets of a topic never come twice.';
comment on column ops.topic_logs.base is 'What is added to Kafka''s offsets: 0 for the first log; each later log begins above all offsets before it, at a multiple of 10^12.';
comment on column ops.topic_logs.topic_id is 'Kafka''s id of the topic; the same as before when only the end of a log was lost.';
comment on column ops.topic_logs.accepted_by is 'Who let the processors read this log; null for the first.';
comment on column ops.topic_logs.why is 'Why, in their words.';
comment on column ops.topic_logs.seen_at is 'When it was first read, or accepted.';
comment on view ops.transfer_approver is 'Who has a say in which transfer: whoever may approve orders where the goods come from or go to, in whatever role, and his delegate.';
comment on table ops.transfer_lot is 'What left for a transfer, by lot. Leaving and arriving are events through Kafka, each sent once.';
comment on column ops.transfer_lot.out_event_id is 'The event that takes it out.';
comment on column ops.transfer_lot.batch_id is 'The lot; empty when nobody knows it.';
comment on column ops.transfer_lot.out_topic is 'warehouse_events for a warehouse, inventory_updates for a store.';
comment on column ops.transfer_lot.out_date is 'The day of that event, under which it is remembered once it was applied.';
comment on column ops.transfer_lot.out_applied_at is 'When that event was seen to have come back.';
comment on column ops.transfer_lot.in_event_id is 'The event that brings it in.';
comment on column ops.transfer_lot.in_sent_at is 'When that event was sent.';
comment on column ops.transfer_lot.in_applied_at is 'When that event was seen to have come back.';
comment on table ops.transfer_proposal is 'Goods that one location has more of than it needs and another would have to buy; while they are not over they are on order there and reserved here.';
comment on column ops.transfer_proposal.transfer_id is 'TR-<product>-<from>-<to>-<yyyymmdd>.';
comment on column ops.transfer_proposal.review_date is 'The day whose run proposed it.';
comment on column ops.transfer_proposal.from_location_id is 'Who gives.';
comment on column ops.transfer_proposal.to_location_id is 'Who takes.';
comment on column ops.transfer_proposal.quantity is 'Units to move.';
comment on column ops.transfer_proposal.shipped_quantity is 'Units that left: fewer where fewer were there.';
comment on column ops.transfer_proposal.gain is 'Money by which the expected costs of both fall, moving paid.';
comment on column ops.transfer_proposal.currency is 'ISO 4217 code of gain and costs.';
comment on column ops.transfer_proposal.lead_time_days is 'Days from leaving until arriving.';
comment on column ops.transfer_proposal.good_until is 'Only lots that can be sold on this day are moved; null: the goods keep.';
comment on column ops.transfer_proposal.explanation is 'Every term that it follows from; `shelfline orders transfers show` shows it.';
comment on column ops.transfer_proposal.state is 'proposed; approved: leaves within a minute; denied; expired: nobody decided, or nothing was left to move; shipped; received.';
comment on column ops.transfer_proposal.expires_at is 'When it is given up if it has not left by then.';
comment on column ops.transfer_proposal.decided_by is 'Who approved or denied it.';
comment on column ops.transfer_proposal.reason_code is 'Why it was denied, see ref.edit_reason.';
comment on column ops.transfer_proposal.arrives_at is 'When it is there.';
comment on column ops.transfer_proposal.closed_at is 'When it was over.';
comment on column ops.transfer_proposal.updated_at is 'When it last changed. All instants by the business clock.';
comment on view ops.transfer_under_way is 'Transfers that are not over.';
comment on column ops.transfer_under_way.to_leave is 'Units that the stock of who gives still has.';
comment on column ops.transfer_under_way.to_come is 'Units that the stock of who takes does not have yet.';
comment on table ops.unsent_message is 'Messages that Kafka does not take. They are set aside, so that others do not wait for them, until a person sends them again or discards them.';
comment on column ops.unsent_message.relay is 'outbox, or dead_letters: the relay to the `.dlq` topics.';
comment on column ops.unsent_message.topic is 'Name of the topic in the catalogue; for dead_letters the topic that the letter came from.';
comment on column ops.unsent_message.payload is 'The message; null for a dead letter, which ops.dead_letters keeps.';
comment on column ops.unsent_message.emitted_at is 'The message''s timestamp in Kafka.';
comment on column ops.unsent_message.letter_id is 'The dead letter; null for a message of the outbox.';
comment on column ops.unsent_message.bytes is 'Bytes of the payload.';
comment on column ops.unsent_message.reason is 'too_large; unknown_topic: it is not in the catalogue; refused: Kafka refuses it for another reason.';
comment on column ops.unsent_message.error is 'What Kafka said.';
comment on column ops.unsent_message.status is 'open; retrying: it is in the outbox again; sent; superseded: a newer record of the same key was sent to a compacted topic; discarded.';
comment on column ops.unsent_message.attempts is 'How often it was sent by itself.';
comment on column ops.unsent_message.settled_at is 'When it was sent, superseded or discarded.';
comment on column ops.unsent_message.settled_by is 'Who discarded it.';
comment on column ops.unsent_message.settled_why is 'Why they discarded it.';
comment on table ops.web_action is 'The audit log of the web application: what people have done, also what was refused.';
comment on column ops.web_action.action is 'The method and the route, e.g. POST /alerts/acknowledge.';
comment on column ops.web_action.detail is 'What they sent, without secrets, and how it ended.';
comment on table ops.web_session is 'Who is signed in to the web application. The token itself is only in the browser.';
comment on column ops.web_session.token_hash is 'SHA-256 of the token.';
comment on column ops.web_session.expires_at is 'When it ends, whatever is done with it.';
comment on table ops.window_rules is 'How windows close and how long live sales are kept: one row, changed with `update`. Here and not in the environment, because all workers must agree.';
comment on column ops.window_rules.allowed_lateness is 'A window is closed when an event this much younger than its end was seen.';
comment on column ops.window_rules.idle_after is 'A partition that has been silent for this long moves on by the clock.';
comment on column ops.window_rules.window_days is 'Days that five-minute windows are kept behind the watermark; for so long a late event corrects its windows.';
comment on column ops.window_rules.hour_days is 'Days that hourly windows are kept.';
comment on column ops.window_rules.line_days is 'Days that enriched sale lines, and the prices and movements beside them, are kept.';
comment on column ops.window_rules.order_days is 'Days that a finished online order is kept.';
comment on view ops.worker_states is 'The workers and whether each is alive: not heard of for 20 s, it counts as lost. The one place where that is decided.';
comment on table ops.workers is 'One row a worker process, written at its start and every five seconds. Of those that have ended the newest 50 of each kind are kept.';
comment on column ops.workers.serves is 'What it works on: processors of a stream worker, task queues of a batch worker.';
comment on column ops.workers.problem is 'What its /healthz says is wrong; null when nothing is.';
comment on column ops.workers.stopped_at is 'When it ended by itself; null also for one that was killed.';
comment on table ref.alert_audience is 'Which roles an alert concerns. An alert type without a row concerns data engineers.';
comment on table ref.approval_tier is 'Who has to approve an order, by its value: the highest tier that begins at the value or below.';
comment on column ref.approval_tier.from_value is 'In the order''s money; one tier must begin at 0.';
comment on column ref.approval_tier.minimum_approvers is 'How many people; 0: such an order is approved by itself.';
comment on column ref.approval_tier.role is 'Who has this role may approve, and who has that of a higher tier.';
comment on column ref.approval_tier.escalate_after is 'Without a decision for so long the roles above are asked too. By the real clock.';
comment on column ref.approval_tier.expires_after is 'Without a decision for so long the order is given up. By the real clock.';
comment on table ref.approver is 'Who may approve orders, in which role and for which location.';
comment on column ref.approver.person is 'The name that he decides under.';
comment on column ref.approver.location_id is 'Only orders for this warehouse or store; null: for all.';
comment on column ref.approver.delegate_to is 'Who may decide in his place until delegate_until.';
comment on table ref.edit_reason is 'Why people order something else than what was proposed: an edit names one of these.';
comment on table ref.goods_in is 'Where goods that come in are told of by the location''s own system, and where the supplier''s delivery is all that tells. A location without a row: by the receipt, but for simulated suppliers, whose warehouses tell themselves.';
comment on column ref.goods_in.told_by is 'location: it sends warehouse_events or inventory_updates itself; receipt: Shelfline does when a delivery is told.';
comment on table ref.holidays is 'Public holidays of the countries of stores, as their law sets them. A country without rows has none that we know.';
comment on column ref.holidays.country is 'As ref.stores has it.';
comment on column ref.holidays.holiday_date is 'The day of the feast itself; a substitute day off is a row of its own where the law has one.';
comment on column ref.holidays.name is 'English name.';
comment on view ref.location_product is 'Where each product can be ordered to: the warehouses that refill its shelves, and the stores in which no warehouse does.';
comment on column ref.location_product.is_warehouse is 'Whether the location is a warehouse; else it is a store.';
comment on table ref.notification_route is 'Who hears of what, by which channel, and when.';
comment on column ref.notification_route.route_id is 'Its name.';
comment on column ref.notification_route.channel is 'email, teams, slack, or webhook: a POST signed by Standard Webhooks.';
comment on column ref.notification_route.address is 'E-mail address, or the URL that is posted to. A Teams or Slack URL lets whoever knows it post: it is never shown whole.';
comment on column ref.notification_route.secret is 'What a webhook is signed with.';
comment on column ref.notification_route.role is 'What the receiver is there for: ref.alert_audience says which alerts concern a role, ref.approval_tier which orders it approves.';
comment on column ref.notification_route.store_ids is 'Only of these stores and warehouses; null: of all.';
comment on column ref.notification_route.kinds is 'alert, approval (purchase orders that wait for one) and summary (each morning, the day before in the store).';
comment on column ref.notification_route.minimum_severity is 'Alerts below it are not told.';
comment on column ref.notification_route.immediate_from is 'Alerts from it on are told at once, those below it in the digest.';
comment on column ref.notification_route.quiet_from is 'From this time of day until quiet_until only what is critical is told.';
comment on column ref.notification_route.digest_at is 'The time of day of digest and summary.';
comment on column ref.notification_route.time_zone is 'IANA zone of these times of day.';
comment on table ref.person is 'People who may sign in to the web application. The stores that they see are in ref.user_scope.';
comment on column ref.person.role is 'Decides pages and actions; rows are decided by ref.user_scope.';
comment on column ref.person.password_hash is 'scrypt, with its parameters and salt; null: no password was given.';
comment on column ref.person.disabled_at is 'Since when they may not sign in any more.';
comment on table ref.policy is 'Every version of every policy, as the topics shelf_policies, warehouse_policies and replenishment_policies tell them; the newest version of a policy holds. A value that is null is for a wider policy to say.';
comment on column ref.policy.kind is 'Whether it rules shelves, warehouses or orders to suppliers.';
comment on column ref.policy.policy_id is 'The policy; its newest version replaces the older ones.';
comment on column ref.policy.effective_at is 'When it was changed.';
comment on column ref.policy.event_id is 'The message that brought it; of two versions of one instant the greater id holds.';
comment on column ref.policy.place_id is 'The store or warehouse that it is for; null: all of them.';
comment on column ref.policy.category is 'The category that it is for; null: all of them.';
comment on column ref.policy.product_id is 'The product that it is for; null: all of them.';
comment on column ref.policy.changed_by is 'Who wanted it so.';
comment on column ref.policy.reason is 'Why.';
comment on column ref.policy.restock_below is 'Fill ratio under which a shelf is restocked.';
comment on column ref.policy.restock_to is 'Fill ratio that a restock aims at.';
comment on column ref.policy.refill_delay_seconds is 'From the picking in the warehouse until the goods are on the shelf.';
comment on column ref.policy.hold_seconds is 'A pickup that is held this long counts as taken.';
comment on column ref.policy.visit_seconds is 'What is held and not paid this long after the last event counts as lost.';
comment on column ref.policy.near_expiry_days is 'A lot that expires within so many days is marked down.';
comment on column ref.policy.markdown_percent is 'By how many per cent a lot near its expiry is marked down.';
comment on column ref.policy.reorder_point is 'Units on hand and on order under which the supplier is asked.';
comment on column ref.policy.order_up_to is 'Units on hand and on order that an order aims at.';
comment on column ref.policy.lead_time_days is 'From the order until the delivery, as expected.';
comment on column ref.policy.pack_size is 'Orders are whole multiples of so many units.';
comment on column ref.policy.method is 'base_stock and r_s order up to a level at every review; s_s only when the position is at the reorder point.';
comment on column ref.policy.service_target is 'The service to reach, between 0 and 1.';
comment on column ref.policy.service_measure is 'cycle: share of order cycles without a stock-out; fill: share of demand met; critical_ratio: what margin, holding and waste say.';
comment on column ref.policy.review_days is 'Days between two reviews of the same product.';
comment on column ref.policy.holding_rate_per_year is 'What keeping a unit for a year costs, as a share of its cost.';
comment on column ref.policy.stock_out_cost_ratio is 'What a unit that is missing costs, as a share of its price.';
comment on column ref.policy.waste_cost_ratio is 'What a unit that expires costs, as a share of its cost.';
comment on column ref.policy.ordering_cost is 'Money that each order line costs, whatever its quantity.';
comment on column ref.policy.budget_per_day is 'Money that a location''s orders of one day may come to.';
comment on column ref.policy.maximum_cover_days is 'No order brings more than so many days of demand.';
comment on view ref.policy_default is 'The values that hold where no policy says anything. A reorder point that nobody gives is made from the shelves that the warehouse fills; a budget that nobody gives is no bound.';
comment on view ref.policy_now is 'The policies that hold: the newest version of each; of two for one scope the newer.';
comment on table ref.product_versions is 'Every version of a product that differed from the one before; dim_product is made from it.';
comment on table ref.products is 'Products; the newest record of product_catalog.';
comment on view ref.replenishment_policy is 'What holds for each product of each location when orders are planned.';
comment on view ref.shelf_policy is 'What holds for each shelf.';
comment on table ref.shelves is 'The home shelf of each product in each store; the newest record of shelf_profiles.';
comment on column ref.shelves.capacity is 'Units that the shelf holds.';
comment on column ref.shelves.unit_weight is 'Kilograms of one unit; null where nothing weighs.';
comment on column ref.shelves.warehouse_id is 'The warehouse that refills it.';
comment on column ref.shelves.recorded_at is 'When the record holds from; a newer one replaces it.';
comment on table ref.stores is 'Stores; the newest record of store_catalog.';
comment on table ref.suppliers is 'Who goods are ordered from; the newest record of supplier_catalog.';
comment on column ref.suppliers.adapter is 'How orders reach it: file, webhook, or the simulator.';
comment on column ref.suppliers.endpoint is 'Where orders go: the webhook, or the folder for files.';
comment on column ref.suppliers.contact_email is 'Who is written to when something is wrong.';
comment on column ref.suppliers.order_weekdays is 'Days on which it takes orders, Monday is 1.';
comment on column ref.suppliers.cut_off is 'Orders until then, by the clock of time_zone, go out the same day.';
comment on column ref.suppliers.time_zone is 'IANA time zone of the cut-off.';
comment on column ref.suppliers.lead_time_days is 'From the order until the delivery, as agreed: the prior of what its receipts teach.';
comment on column ref.suppliers.minimum_order_value is 'It takes no order that is worth less.';
comment on column ref.suppliers.currency is 'ISO 4217 code of its prices.';
comment on column ref.suppliers.recorded_at is 'When the record holds from; a newer one replaces it.';
comment on table ref.supply_terms is 'On what terms suppliers deliver products; the newest record of supply_terms.';
comment on column ref.supply_terms.terms_id is '<location or *>/<product>/<supplier>.';
comment on column ref.supply_terms.location_id is 'The warehouse or store that they hold for; null: every one for which the supplier has no terms of its own.';
comment on column ref.supply_terms.unit_cost is 'Price of a unit, in the supplier''s money.';
comment on column ref.supply_terms.pack_size is 'Orders are whole multiples of so many units.';
comment on column ref.supply_terms.pallet_size is 'Units of a full pallet.';
comment on column ref.supply_terms.minimum_quantity is 'It takes no order of fewer units.';
comment on column ref.supply_terms.maximum_quantity is 'It takes no order of more units.';
comment on column ref.supply_terms.capacity is 'Units of it that fit into the location, what is there and on order included.';
comment on column ref.supply_terms.shelf_life_days is 'Days from the delivery until the goods expire; null: they do not.';
comment on column ref.supply_terms.preference is 'Who is asked first: 1 before 2.';
comment on column ref.supply_terms.delisted_on is 'From this day on it is not ordered any more.';
comment on column ref.supply_terms.substitute_product_id is 'What customers buy in its place.';
comment on column ref.supply_terms.recorded_at is 'When the record holds from; a newer one replaces it.';
comment on table ref.transfer_lane is 'Between which locations goods may be moved, and at what cost. Of several lanes between two locations the most specific counts; without a lane nothing is proposed.';
comment on column ref.transfer_lane.from_location_id is 'The warehouse, or store that no warehouse refills, that gives; null: any.';
comment on column ref.transfer_lane.to_location_id is 'The one that takes; null: any.';
comment on column ref.transfer_lane.cost_per_transfer is 'Money for each product moved, however many units.';
comment on column ref.transfer_lane.cost_per_unit is 'Money for each unit moved.';
comment on column ref.transfer_lane.lead_time_days is 'Days until moved goods can be sold.';
comment on column ref.transfer_lane.changed_by is 'Who said so.';
comment on table ref.user_scope is 'Which stores a login may see; several rows add up.';
comment on column ref.user_scope.user_name is 'The PostgreSQL login.';
comment on column ref.user_scope.scope is 'store: one store; region: every store whose newest region it is; all: everything.';
comment on column ref.user_scope.store_id is 'The store, for scope store.';
comment on column ref.user_scope.region is 'The region, for scope region.';
comment on column ref.user_scope.granted_at is 'When it was granted.';
comment on view ref.warehouse_policy is 'What holds for each product of each warehouse that fills shelves; a reorder point that nobody gave is null.';
comment on column ref.warehouse_policy.shelf_capacity is 'Units that the shelves which it fills hold together.';
comment on table state.availability is 'Whether each product can be bought, as of the last hour whose window is closed.';
comment on column state.availability.hour is 'Where that hour begins.';
comment on column state.availability.p_available is 'Probability that it could be bought at the end of the hour.';
comment on column state.availability.recent_sales is 'Recent sales while available; what is longer ago counts less.';
comment on column state.availability.recent_expected is 'How many were expected meanwhile.';
comment on column state.availability.was_counted_empty is 'Whether the shelf count said that nothing is there.';
comment on column state.availability.silent_hours is 'Hours since the last one with a sale.';
comment on column state.availability.silent_expected is 'Sales that were to be expected in them.';
comment on column state.availability.evidence is 'For people: silent_hours, silent_expected, traffic (over the usual), available (the shelf count), is_sold.';
comment on table state.availability_hour is 'Hours in which a product was more likely missing than not: their sales are censored demand. Hours that are not here were fine. Kept for thirty days.';
comment on table state.availability_model is 'How goods run out and come back in a store, and how far its availability was evaluated.';
comment on column state.availability_model.profile_date is 'The store''s day before which was learnt.';
comment on column state.availability_model.model is 'What models/live-state/availability.ts needs.';
comment on column state.availability_model.usual_visitors is 'Visitors by hour of the day, 24; transactions where nobody counts visitors.';
comment on column state.availability_model.evaluated_hour is 'The last hour that was evaluated for every product of the store.';
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
comment on table state.demand_pattern is 'When in the week a category sells in a store.';
comment on column state.demand_pattern.running_days is 'Running sum of a usual week''s demand from Monday 00:00 on, in days'' worth: 169 values, 0 to 7.';
comment on table state.demand_profile is 'The usual demand of each product in each store: learnt once per store and day from the hourly windows of the days before it.';
comment on column state.demand_profile.profile_date is 'The store''s day before which was learnt.';
comment on column state.demand_profile.category is 'Whose pattern of the week holds; empty for a product without a category.';
comment on column state.demand_profile.days is 'Days on which the store sold anything.';
comment on column state.demand_profile.units_per_day is 'Units on a usual day without a stock-out, moved to the mean of store and category as far as the history is thin. The mean over the weekdays of state.demand_pattern.';
comment on column state.demand_profile.inverse_size is 'How much days differ: variance = mean + inverse_size × mean².';
comment on column state.demand_profile.unit_price is 'Money paid per unit; null when nobody paid any.';
comment on column state.demand_profile.sales_an_hour is 'By hour of the store''s day, 24: how often somebody buys at usual foot traffic while it is there.';
comment on column state.demand_profile.depletion_factor is 'How much more often than the store''s other products it runs out.';
comment on column state.demand_profile.restock_factor is 'How much faster than the store''s other products it is back.';
comment on view state.enriched_sale is 'Each sale line of the last days with the price, the stock and the cost as of its moment.';
comment on column state.enriched_sale.price is 'The price in force when it was sold; null where none is known.';
comment on column state.enriched_sale.price_reason is 'Why that price was set.';
comment on column state.enriched_sale.promotion_id is 'The promotion that the price belongs to.';
comment on column state.enriched_sale.price_valid_from is 'Since when it held.';
comment on column state.enriched_sale.list_price is 'The regular price at that moment, before promotions and markdowns.';
comment on column state.enriched_sale.price_reduction is 'The discount in force: list_price − price.';
comment on column state.enriched_sale.list_price_deviation is 'unit_price − list_price: how far the till is off.';
comment on column state.enriched_sale.is_price_mismatch is 'The customer paid more than the price in force, or the till rang up a price that is neither that nor the list price. Null for returns and where no price is known.';
comment on column state.enriched_sale.stock_before is 'What was on hand in the store right before the sale: counted back from what is on hand now. Null for a product without stock.';
comment on column state.enriched_sale.unit_cost is 'Agreed price of a unit in the newest purchase order until then; before there is one, in the preferred supplier''s terms; null where neither is known.';
comment on column state.enriched_sale.margin is 'net_amount − quantity × unit_cost; null where the cost is not known.';
comment on table state.event_ids is 'Events that were applied, by the store''s day and a hash of topic and event id.';
comment on table state.online_order is 'When each online order was first said to have reached each step of its life.';
comment on column state.online_order.promised_at is 'When it is to be with the customer: the latest promise that was told.';
comment on column state.online_order.promise_told_at is 'When that was told.';
comment on column state.online_order.last_event_at is 'The newest event about it.';
comment on view state.online_order_live is 'Online orders as they are now.';
comment on column state.online_order_live.status is 'The furthest step that was told, whether or not the steps before it were; an order that is cancelled after delivery stays delivered.';
comment on column state.online_order_live.is_overdue is 'Promised for a time that has passed, and neither delivered nor cancelled.';
comment on column state.online_order_live.overdue_for is 'How long after the promise it was delivered, or has been awaited until now; null where nothing was promised or it was cancelled.';
comment on table state.price is 'The prices of each product in each store, from when on they hold; of two that begin at once the one with the greater event id.';
comment on column state.price.reason is 'regular, promotion, markdown or correction.';
comment on table state.retention is 'Up to which day live state was forgotten; what is older is not held against the raw lake.';
comment on column state.retention.forgotten_before is 'The first day that is kept.';
comment on table state.sale_line is 'Sale lines of the last days as the tills sent them; read through state.enriched_sale.';
comment on column state.sale_line.sale_date is 'The store''s day.';
comment on column state.sale_line.event_key is 'Hash of the event''s id: a second copy is a duplicate.';
comment on column state.sale_line.unit_price is 'List price of a unit as the till has it.';
comment on column state.sale_line.discount is 'Money taken off the line.';
comment on column state.sale_line.net_amount is 'Money paid for the line, by the till or else quantity × unit_price − discount.';
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
comment on table state.sales_rate is 'What a product sells in a store on an average day, and for how much, over the four weeks before rate_date: what a gap on the shelf costs.';
comment on column state.sales_rate.rate_date is 'The store''s day before which was counted.';
comment on column state.sales_rate.units_per_day is 'Units sold per day on which the store sold anything, net of returns.';
comment on column state.sales_rate.unit_price is 'Money paid per unit.';
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
comment on table state.stock_movement is 'What changed the stock other than by sale, of the last days: from it the stock of a moment is counted back.';
comment on column state.stock_movement.moved_on is 'The store''s day.';
comment on column state.stock_movement.quantity is 'Units that came, or went if negative.';
comment on table state.stock_out_risk is 'Whether each shelf lasts until it can be filled again.';
comment on column state.stock_out_risk.probability is 'That demand until the next possible delivery exceeds what can be bought.';
comment on column state.stock_out_risk.hours_of_cover is 'Hours after which, as likely as not, it is empty; 672 for four weeks and more.';
comment on column state.stock_out_risk.expected_lost_units is 'Units that customers will want until then and not find, on average.';
comment on column state.stock_out_risk.money_at_risk is 'Their price; null where no price is known.';
comment on column state.stock_out_risk.horizon_until is 'The next possible delivery.';
comment on column state.stock_out_risk.evaluated_at is 'As of when, by the business clock.';
comment on column state.stock_out_risk.shelf_updated_at is 'The state of the shelf that it rests on; when that moves on, it is evaluated again.';
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
comment on function ops.add_order_members(days date[]) is 'Members that the orders of these days name: suppliers as they are now, unknown locations and products.';
comment on function ops.alert_accuracy_drop(as_of timestamp with time zone) is 'Forecasts are worse than they were when the model was trained.';
comment on function ops.alert_currency(alert ops.alert) is 'The currency of an alert''s impact: the one that it names (an order''s, a warehouse''s), else the store''s; null: not known.';
comment on function ops.alert_expired_on_shelf(as_of timestamp with time zone) is 'Goods on a shelf are past their date.';
comment on function ops.alert_feature_drift(as_of timestamp with time zone) is 'What a model forecasts from lies otherwise than when it was trained, or is missing.';
comment on function ops.alert_low_shelf(as_of timestamp with time zone) is 'A shelf is nearly empty.';
comment on function ops.alert_near_expiry(as_of timestamp with time zone) is 'Goods on a shelf expire before they will be sold.';
comment on function ops.alert_order_overdue(as_of timestamp with time zone) is 'An online order should be with its customer by now, and is not.';
comment on function ops.alert_phantom_stock(as_of timestamp with time zone) is 'A shelf should hold goods, and does not: somebody should count it.';
comment on function ops.alert_price_mismatch(as_of timestamp with time zone) is 'A till charges another price than the one that holds.';
comment on function ops.alert_sales_drop(as_of timestamp with time zone) is 'A store sells far less than usual at this hour of this weekday.';
comment on function ops.alert_sales_spike(as_of timestamp with time zone) is 'A store sells far more than usual at this hour of this weekday.';
comment on function ops.alert_sensor_silent(as_of timestamp with time zone) is 'The store sells, but a shelf reports no pickups, or its doors no people.';
comment on function ops.alert_shrinkage(as_of timestamp with time zone) is 'More of a product was taken without being paid than can be an accident.';
comment on function ops.alert_state_difference(as_of timestamp with time zone) is 'The live state is not what the raw lake gives: something was lost, doubled or changed by hand.';
comment on function ops.alert_stock_out(as_of timestamp with time zone) is 'A shelf is empty while the store sells.';
comment on function ops.alert_stock_out_risk(as_of timestamp with time zone) is 'A shelf will probably run empty before goods can come.';
comment on function ops.alert_store_missing(as_of timestamp with time zone) is 'Nothing comes from a store that should be open.';
comment on function ops.alert_supplier_delay(as_of timestamp with time zone) is 'A supplier''s delivery is late, short or damaged, never came, or an order or its cancellation has not reached them.';
comment on function ops.alert_till_silent(as_of timestamp with time zone) is 'People are in the store, but its tills report no sales.';
comment on function ops.alert_unsent_messages(as_of timestamp with time zone) is 'Messages do not reach Kafka: they were set aside, or their topic can''t be sent to.';
comment on function ops.alert_unsent_notifications(as_of timestamp with time zone) is 'Notifications do not reach a route: the last one was given up.';
comment on function ops.alert_unusual_sale(as_of timestamp with time zone) is 'A sale is unlike others: its quantity, price, discount or hour.';
comment on function ops.alert_weight_discrepancy(as_of timestamp with time zone) is 'A shelf weighs something else than what should be on it.';
comment on function ops.alert_work_retried(as_of timestamp with time zone) is 'A step of a workflow fails again and again.';
comment on function ops.ask_for_counts(as_of timestamp with time zone, limit_rows integer) is 'Makes a task of each shelf that should be counted, and ends those that are done.';
comment on function ops.confirm_events(as_of timestamp with time zone, limit_rows integer) is 'Sees which of the jobs'' own events came back through Kafka.';
comment on function ops.decimal_text(quantity numeric) is 'A decimal as events carry it.';
comment on function ops.decision_id(kind text, VARIADIC parts text[]) is 'An id that follows from what it is about: deciding the same thing again gives the same id.';
comment on function ops.declare_shrinkage(as_of timestamp with time zone, limit_rows integer) is 'What was taken and not paid when the visit is over counts as lost; a late sale takes it back.';
comment on function ops.discount_near_expiry(as_of timestamp with time zone, limit_rows integer) is 'A lot that is near its expiry is marked down, and the price goes back when the lot is gone.';
comment on function ops.emit(topic text, key text, payload jsonb) is 'Sends a message to Kafka if and when this transaction commits.';
comment on function ops.envelope(event_id text, place text, as_of timestamp with time zone, schema_version integer) is 'What every event begins with, told in the place''s own time.';
comment on function ops.expire_transfers(as_of timestamp with time zone) is 'Gives up transfers that nobody has approved in time, or of which nothing was left.';
comment on function ops.expiring_lots(until date) is 'Lots that are on a shelf and expire up to a day.';
comment on function ops.fill_order_facts(as_of timestamp with time zone, limit_rows integer) is 'Orders as reports see them: each day of orders that has changed is replaced whole.';
comment on function ops.goods_topic(location text) is 'Where goods in and out of a location are told: a store that fills no shelves of others, or a warehouse.';
comment on function ops.hours_shown(local_hour timestamp without time zone, zone text) is 'For how many hours a clock in the zone shows an hour of a day: 1; when clocks change also 0, 0.5, 1.5 or 2.';
comment on function ops.invoice_content(lines jsonb) is 'An invoice''s lines in one form: [product, price of a unit, units], whatever order they came in.';
comment on function ops.invoice_in_words(content jsonb) is 'The first lines of an invoice''s content, for a message.';
comment on function ops.job_lock(job text) is 'The advisory lock that a job holds while it decides.';
comment on function ops.judge_order_edits(as_of timestamp with time zone, limit_rows integer) is 'Holds edited lines against what was sold in the days that they had to cover.';
comment on function ops.list_price(of_store text, of_product text, as_of timestamp with time zone) is 'What a unit costs in a store before promotions and markdowns: the newest regular price, else what it sold for; null when nobody knows.';
comment on function ops.local_instant(instant timestamp with time zone, time_zone text) is 'An instant with the offset of a time zone, as events carry it: 2017-03-01T18:05:00.000-05:00.';
comment on function ops.lock_job(job text) is 'Waits until no other transaction runs the job: what it read is then what the one before it wrote, and nothing is decided twice.';
comment on function ops.low_watermark(of_processor text, as_of timestamp with time zone, of_topic text) is 'The lowest watermark of a processor''s partitions, of one topic or of all. A partition that has been silent moves on at the pace of the clock; one that was never heard of is left out. Null when none was.';
comment on function ops.move_transfers(as_of timestamp with time zone, limit_rows integer) is 'Approved transfers leave one location and arrive at another; what nobody approved in time is given up.';
comment on function ops.movement_applied(topic text, event_id text, event_date date) is 'Whether an event of goods in or out is in the live state.';
comment on function ops.near_expiry_days_max() is 'The most days before its expiry that any policy calls near.';
comment on function ops.newest_drift() is 'What was measured last of each champion; of a version that has been replaced since, nothing.';
comment on function ops.now() is 'What time it is for the business: the simulated clock when a simulation runs, else the real one.';
comment on function ops.observe_alerts(as_of timestamp with time zone, limit_rows integer) is 'Compares the causes that hold now with the alerts that are there: new ones open, known ones are seen again, absent ones go away.';
comment on function ops.observe_rule(rule ops.alert_rule, as_of timestamp with time zone, limit_rows integer) is 'One rule''s part of ops.observe_alerts.';
comment on function ops.overdue_plans(as_of timestamp with time zone) is 'Supplier plans that are overdue, and those in place of one that came in part or not at all: causes of supplier_delay.';
comment on function ops.pick_restock(as_of timestamp with time zone, limit_rows integer) is 'Open plans are picked in the warehouse, lot by lot: what expires first goes first.';
comment on function ops.places_ahead() is 'Stores and warehouses whose events reach beyond the time at which the simulated clock began; none when the real clock holds.';
comment on function ops.plan_restock(as_of timestamp with time zone, limit_rows integer) is 'A shelf that holds less than the policy''s restock_below is to be filled up to its restock_to.';
comment on function ops.plan_supply(as_of timestamp with time zone, limit_rows integer) is 'A product of which a warehouse has less than its reorder point is asked for from the supplier.';
comment on function ops.prune(as_of timestamp with time zone, limit_rows integer) is 'What nobody asks for any more is deleted, so that live state stays small.';
comment on function ops.prune_windows(as_of timestamp with time zone, row_limit integer) is 'Forgets windows, sale lines, prices and orders that are older than ops.window_rules keeps them, counted from the watermark of sales_windows, never from the clock alone; at most row_limit days or rows of a table. Returns how many.';
comment on function ops.refill_shelves(as_of timestamp with time zone, limit_rows integer) is 'Picked goods stand on the shelf after the policy''s delay.';
comment on function ops.refresh_sales_rates(as_of timestamp with time zone, limit_rows integer) is 'What each product sells on an average day, for the worth of a gap and for how much to order.';
comment on function ops.remove_expired(as_of timestamp with time zone, limit_rows integer) is 'Expired lots leave shelves and warehouses as waste.';
comment on function ops.restock_below_max() is 'The highest fill ratio at which any policy restocks.';
comment on function ops.run_minute_job(wanted text, as_of timestamp with time zone, limit_rows integer) is 'Runs one job if it is due and nobody else runs it, and writes down how it went; a failure is told, not raised, and undoes what the job did.';
comment on function ops.run_minute_jobs(as_of timestamp with time zone, limit_rows integer) is 'Runs every job in order, one row each. One transaction: who has streams running beside it calls run_minute_job for each instead, as the workflow does.';
comment on function ops.settle_holds(as_of timestamp with time zone, limit_rows integer) is 'A pickup that is held longer than the policy''s hold_seconds counts as taken.';
comment on function ops.severity_rank(severity text) is '1 for info, 2 for warning, 3 for critical.';
comment on function ops.shelves_up_to(share numeric) is 'Shelves that hold so much of their capacity or less.';
comment on function ops.silent_stores(as_of timestamp with time zone) is 'Stores that sold nothing for a while in which they usually sell, and when they last gave another sign of life.';
comment on function ops.tell_movement(topic text, event_id text, place text, product text, batch_id text, expires_on date, quantity numeric, destination text, transfer_id text, as_of timestamp with time zone) is 'Tells of goods that a transfer takes out of a location or brings into one.';
comment on function ops.tell_purchase_order(wanted text) is 'Publishes a whole order as it is now.';
comment on function ops.tell_restock_plan(plan ops.restock_plan) is 'Publishes how far a restock plan is.';
comment on function ops.tell_supplier_plan(plan ops.supplier_plan) is 'Publishes how far an order to a supplier is.';
comment on function ops.time_zone_of(place text) is 'The time zone of a store; a place that is no store has UTC.';
comment on function ops.unusual_hours(as_of timestamp with time zone) is 'The newest complete hour of each store beside what is usual, and by how many standard deviations it differs.';
comment on function ops.usual_hours(of_store text, from_hour timestamp without time zone, to_hour timestamp without time zone) is 'What a store usually sells in each hour: the mean of the same hour of the same weekday in the four weeks before, without incidents and, where three weeks are left, without days of promotions. The hour itself is not among them.';
comment on function ops.was_applied(processor text, topic text, event_id text, event_date date) is 'Whether a processor has put the effects of an event into the live state.';
comment on function ops.weighed_shelves(as_of timestamp with time zone) is 'What shelves hold by their scales, of those that were weighed after everything else that happened at them and within the last day.';
comment on function ref.acting_user() is 'For whom rows are read: the login, and for the web application the person that it speaks for; null: nobody.';
comment on function ref.after_quiet_hours(at timestamp with time zone, quiet_from time without time zone, quiet_until time without time zone, zone text) is 'The instant itself, or the end of the quiet hours that it lies in.';
comment on function ref.easter(year integer) is 'Easter Sunday of a year.';
comment on function ref.first_instant_of(local timestamp without time zone, zone text) is 'The first instant at which a clock in the zone shows this time; of a time that it leaves out, as much later as it is put forward.';
comment on function ref.has_scope() is 'Whether the login may see anything at all.';
comment on function ref.next_time_of_day(at timestamp with time zone, time_of_day time without time zone, zone text) is 'The next instant after `at` at which a clock in the zone shows this time of day for the first time.';
comment on function ref.nth_weekday(year integer, month integer, weekday integer, n integer) is 'The n-th weekday (1 is Monday) of a month; n = -1 is the last.';
comment on function ref.sees_everything() is 'Whether the login may see every store and how Shelfline itself runs.';
comment on function ref.supply_choices(location text, ordered_on date) is 'For each product of a location the supplier that is asked first, and his terms; products that nobody delivers any more are not among them.';
comment on function ref.visible_store_ids() is 'Stores that the login may see by a store or a region; not by scope all.';
comment on function state.days_kept(parent text) is 'Days behind the watermark for which a table that is partitioned by days keeps its rows (ops.window_rules).';
comment on function state.days_max() is 'Days that a table that is partitioned by days may have: an event of one more is refused.';
comment on function state.drop_days(parent text, before date, days_max integer) is 'Forgets the days before the given one: drops so many partitions at most, the oldest first, and returns how many.';
comment on function state.ensure_days(parents text[], dates date[]) is 'Makes the daily partitions that events of the given stores'' days need, except of days that were forgotten, and keeps them from being dropped until the transaction ends. With very many days, days that are past what is kept are forgotten at once; 2,500 is the most.';
comment on function state.ensure_event_id_months(dates date[]) is 'Makes the monthly partitions of state.event_ids that the given days need.';
comment on function state.event_key(topic text, event_id text) is 'The key under which an event is remembered.';
comment on function state.forget_baskets(before date, rows_max integer) is 'Deletes baskets of days before the given one, so many at most, and returns how many. Their sales stay in the shelves'' sums; an event of such a day that comes later counts as a basket of its own.';
comment on function state.forget_lots(before date, rows_max integer) is 'Deletes lots that are used up and did not move since the given day, so many of shelves and of warehouses at most, and returns how many.';
comment on function state.forget_orders(before timestamp with time zone, rows_max integer) is 'Deletes orders that nothing was heard of since the given time, so many at most, and returns how many.';
comment on function state.forget_prices(before date, rows_max integer) is 'Deletes prices that no line from the given day on can meet, so many at most, and returns how many.';
comment on function state.many_days() is 'Days that a table may have before days that are past what is kept are forgotten at once.';
