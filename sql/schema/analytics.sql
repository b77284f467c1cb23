-- Made by `npm run schema` from a freshly migrated database; a test fails when it is out of date.
-- The contents of sql/views, sql/functions, sql/jobs, sql/alerts and sql/comments, and the rights of processes (docs/rights.md), are not repeated here.

-- Schemas

create schema analytics;

-- Tables

create table analytics.aggregated_dates (
  sale_date date not null,
  ledger_run bigint not null,
  has_unknown_products boolean not null,
  aggregated_at timestamp with time zone not null,
  constraint aggregated_dates_pkey PRIMARY KEY (sale_date)
);

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
  updated_at timestamp with time zone default now() not null,
  x_products bigint default 0 not null,
  y_products bigint default 0 not null,
  z_products bigint default 0 not null,
  constraint assortment_by_class_pkey PRIMARY KEY (month_start, store_key, category, abc_class)
);

create table analytics.changed_day (
  change_id bigint generated always as identity not null,
  sums text not null,
  day date not null,
  constraint changed_day_pkey PRIMARY KEY (change_id),
  constraint changed_day_sums_check CHECK (sums = ANY (ARRAY['stock'::text, 'slow_movers'::text, 'forecasts'::text, 'forecast_errors'::text]))
);

create table analytics.customer_day (
  sale_date date not null,
  store_key bigint not null,
  customer text not null,
  transactions bigint not null,
  lines bigint not null,
  quantity numeric not null,
  net_amount numeric not null,
  updated_at timestamp with time zone default now() not null,
  constraint customer_day_pkey PRIMARY KEY (sale_date, store_key, customer)
) partition by RANGE (sale_date);

create table analytics.customer_segments (
  store_key bigint not null,
  segment text not null,
  customers bigint not null,
  repeat_customers bigint not null,
  transactions bigint not null,
  net_amount numeric not null,
  updated_at timestamp with time zone default now() not null,
  constraint customer_segments_pkey PRIMARY KEY (store_key, segment)
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
  sub_category text,
  supplier_key bigint,
  unit_cost numeric(18,6),
  cost_currency text,
  pack_size numeric(18,6),
  shelf_life_days integer,
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
  is_warehouse boolean default false not null,
  city text,
  area_square_metres numeric(18,6),
  store_type text,
  latitude numeric(9,6),
  longitude numeric(9,6),
  opening_hours text,
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
  currency text,
  minimum_order_value numeric(18,6),
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
  deviation_quantity numeric(18,6),
  constraint fact_forecast_check CHECK (target_date >= forecast_date),
  constraint fact_forecast_deviation_quantity_check CHECK (deviation_quantity >= 0::numeric),
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
  daily_quantity numeric(18,6),
  unit_cost numeric(18,6),
  days_of_cover numeric generated always as (round((GREATEST(closing_quantity, (0)::numeric) / NULLIF(daily_quantity, (0)::numeric)), 1)) stored,
  stock_value numeric generated always as ((GREATEST(closing_quantity, (0)::numeric) * unit_cost)) stored,
  safety_stock numeric(18,6),
  reorder_point numeric(18,6),
  constraint fact_inventory_check CHECK (closing_quantity = (opening_quantity + received_quantity - sold_quantity + adjusted_quantity)),
  constraint fact_inventory_pkey PRIMARY KEY (inventory_date, store_key, product_key)
) partition by RANGE (inventory_date);

create table analytics.fact_markdown (
  markdown_date date not null,
  store_key bigint not null,
  product_key bigint not null,
  batch_id text not null,
  expires_on date not null,
  percent numeric(9,4) not null,
  offered_quantity numeric(18,6) not null,
  list_price numeric(18,6),
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  updated_at timestamp with time zone default now() not null,
  constraint fact_markdown_pkey PRIMARY KEY (markdown_date, store_key, product_key, batch_id)
) partition by RANGE (markdown_date);

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
  updated_at timestamp with time zone default now() not null,
  unit_cost numeric(18,6),
  cost_amount numeric(24,6),
  margin_amount numeric(24,6),
  cost_status text,
  list_price numeric(18,6),
  list_price_status text,
  till_id text,
  constraint a_cost_is_known_or_not CHECK ((cost_status = ANY (ARRAY['known'::text, 'no_terms'::text, 'before_terms'::text, 'other_currency'::text])) AND (cost_status = 'known'::text) = (unit_cost IS NOT NULL)),
  constraint a_list_price_is_known_or_not CHECK ((list_price_status = ANY (ARRAY['known'::text, 'no_price'::text, 'before_price'::text])) AND (list_price_status = 'known'::text) = (list_price IS NOT NULL))
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

create table analytics.fact_stock_movement (
  movement_date date not null,
  store_key bigint not null,
  product_key bigint not null,
  reason text not null,
  movements bigint not null,
  quantity numeric(18,6) not null,
  unit_cost numeric(18,6),
  list_price numeric(18,6),
  is_synthetic boolean not null,
  first_moved_at timestamp with time zone not null,
  last_moved_at timestamp with time zone not null,
  updated_at timestamp with time zone default now() not null,
  constraint fact_stock_movement_pkey PRIMARY KEY (movement_date, store_key, product_key, reason)
) partition by RANGE (movement_date);

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
  began_at timestamp with time zone,
  ended_at timestamp with time zone,
  lost_amount numeric(24,6),
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
  squared_error numeric,
  relative_error numeric,
  sold_forecasts bigint,
  constraint forecast_accuracy_pkey PRIMARY KEY (target_date, store_key, category, horizon_days, model_name, model_version)
);

create table analytics.forecast_accuracy_by_week (
  week_start date not null,
  store_key bigint not null,
  category text not null,
  days bigint not null,
  actual_quantity numeric not null,
  forecast_quantity numeric not null,
  updated_at timestamp with time zone default now() not null,
  constraint forecast_accuracy_by_week_pkey PRIMARY KEY (week_start, store_key, category)
);

create table analytics.forecast_accuracy_total (
  target_date date not null,
  category text not null,
  horizon_days smallint not null,
  model_name text not null,
  model_version integer not null,
  actual_quantity numeric not null,
  forecast_quantity numeric not null,
  absolute_error numeric not null,
  intervals numeric not null,
  covered_80 numeric not null,
  stores bigint,
  forecasts bigint,
  pinball_loss numeric,
  covered_90 numeric,
  updated_at timestamp with time zone default now() not null,
  squared_error numeric,
  relative_error numeric,
  sold_forecasts numeric,
  squared_forecasts numeric,
  constraint forecast_accuracy_total_pkey PRIMARY KEY (target_date, horizon_days, category, model_name, model_version)
);

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
  updated_at timestamp with time zone default now() not null,
  constraint forecast_by_category_pkey PRIMARY KEY (forecast_date, store_key, category, target_date, model_name, model_version)
);

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
  updated_at timestamp with time zone default now() not null,
  constraint forecast_by_category_total_pkey PRIMARY KEY (forecast_date, category, target_date, model_name, model_version)
);

create table analytics.forecast_by_store_day (
  target_date date not null,
  store_key bigint not null,
  forecast_date date not null,
  forecasts bigint,
  mean_quantity numeric,
  p10_quantity numeric,
  p90_quantity numeric,
  actual_quantity numeric,
  updated_at timestamp with time zone default now() not null,
  constraint forecast_by_store_day_pkey PRIMARY KEY (target_date, store_key)
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
  updated_at timestamp with time zone default now() not null,
  constraint product_month_total_pkey PRIMARY KEY (month_start, product_key)
);

create table analytics.reorder_prediction (
  order_date date not null,
  purchase_order_id text not null,
  line_no integer not null,
  supplier_key bigint not null,
  store_key bigint not null,
  product_key bigint not null,
  status text not null,
  on_hand_quantity numeric(18,6),
  on_order_quantity numeric(18,6),
  position_quantity numeric(18,6),
  demand_quantity numeric(18,6),
  cover_days numeric,
  reorder_below_quantity numeric(18,6),
  order_up_to_quantity numeric(18,6),
  proposed_quantity numeric(18,6) not null,
  ordered_quantity numeric(18,6) not null,
  unit_cost numeric(18,6) not null,
  stock_out_probability numeric,
  expected_lost_quantity numeric(18,6),
  demand_source text,
  binding_constraint text,
  expected_date date,
  updated_at timestamp with time zone default now() not null,
  constraint reorder_prediction_pkey PRIMARY KEY (order_date, purchase_order_id, line_no)
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
  cost_amount numeric,
  margin_amount numeric,
  costed_net_amount numeric,
  constraint sales_by_category_day_pkey PRIMARY KEY (sale_date, store_key, department, category)
) partition by RANGE (sale_date);

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
  updated_at timestamp with time zone default now() not null,
  constraint sales_by_category_total_pkey PRIMARY KEY (sale_date, department, category)
);

create table analytics.sales_by_day_total (
  sale_date date not null,
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
  updated_at timestamp with time zone default now() not null,
  constraint sales_by_day_total_pkey PRIMARY KEY (sale_date)
);

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
  updated_at timestamp with time zone default now() not null,
  abc_class text,
  xyz_class text,
  constraint sales_by_product_month_pkey PRIMARY KEY (month_start, store_key, product_key)
);

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
  cost_amount numeric,
  margin_amount numeric,
  costed_net_amount numeric,
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

create table analytics.slow_movers_by_age (
  measured_on date not null,
  store_key bigint not null,
  aging text not null,
  products bigint not null,
  tied_up_amount numeric,
  updated_at timestamp with time zone default now() not null,
  constraint slow_movers_by_age_pkey PRIMARY KEY (measured_on, store_key, aging)
);

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
  updated_at timestamp with time zone default now() not null,
  constraint stock_by_category_pkey PRIMARY KEY (store_key, category)
);

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
  updated_at timestamp with time zone default now() not null,
  constraint stock_by_store_day_pkey PRIMARY KEY (business_date, store_key)
);

create table analytics.stock_cover (
  store_key bigint not null,
  product_key bigint not null,
  on_hand_quantity numeric not null,
  sold_quantity numeric not null,
  daily_quantity numeric not null,
  days_of_cover numeric,
  measured_on date not null,
  updated_at timestamp with time zone default now() not null,
  unit_cost numeric,
  stock_value numeric generated always as ((GREATEST(on_hand_quantity, (0)::numeric) * unit_cost)) stored,
  safety_stock numeric default 0 not null,
  reorder_point numeric default 0 not null,
  stock_status text,
  overstock_value numeric,
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

-- Indexes

CREATE INDEX dim_price_change_date ON analytics.dim_price USING btree (change_date);
CREATE INDEX fact_anomaly_date_store ON ONLY analytics.fact_anomaly USING btree (anomaly_date, store_key);
CREATE INDEX fact_cross_sell_date ON ONLY analytics.fact_cross_sell USING btree (listed_on, product_key);
CREATE INDEX fact_sales_date_store ON ONLY analytics.fact_sales USING btree (sale_date, store_key);
CREATE INDEX fact_slow_mover_by_value ON ONLY analytics.fact_slow_mover USING btree (tied_up_amount DESC NULLS LAST);
CREATE INDEX fact_slow_mover_date_store ON ONLY analytics.fact_slow_mover USING btree (measured_on, store_key);
CREATE INDEX fact_stock_target_date_store ON ONLY analytics.fact_stock_target USING btree (measured_on, store_key);
CREATE INDEX forecast_accuracy_of_store ON analytics.forecast_accuracy USING btree (store_key, target_date);
CREATE INDEX forecast_accuracy_of_week ON analytics.forecast_accuracy USING btree (target_date) WHERE ((horizon_days)::numeric = EXTRACT(isodow FROM target_date));
CREATE INDEX forecast_by_category_of_target ON analytics.forecast_by_category USING btree (target_date, store_key, forecast_date);
CREATE INDEX forecast_by_store_day_made ON analytics.forecast_by_store_day USING btree (forecast_date);
CREATE INDEX reorder_prediction_by_risk ON analytics.reorder_prediction USING btree (order_date, stock_out_probability DESC);
CREATE INDEX reorder_prediction_of_order ON analytics.reorder_prediction USING btree (purchase_order_id);
CREATE INDEX reorder_prediction_riskiest ON analytics.reorder_prediction USING btree (stock_out_probability DESC NULLS LAST);
CREATE INDEX stock_cover_reorder_point ON analytics.stock_cover USING btree (reorder_point DESC NULLS LAST);
CREATE INDEX stock_cover_short ON analytics.stock_cover USING btree (((reorder_point - on_hand_quantity)) DESC NULLS LAST) WHERE (stock_status = ANY (ARRAY['out of stock'::text, 'below safety stock'::text, 'below reorder point'::text]));
CREATE INDEX stock_cover_too_much ON analytics.stock_cover USING btree (overstock_value DESC NULLS LAST) WHERE (stock_status = 'overstock'::text);
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
    promoted_net_amount, return_lines, returned_quantity, returned_amount, cost_amount, margin_amount, costed_net_amount
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
    coalesce(-sum(net_amount) filter (where is_return), 0),
    sum(cost_amount),
    sum(margin_amount),
    sum(net_amount) filter (where cost_amount is not null)
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
    promoted_net_amount, cost_amount, margin_amount, costed_net_amount
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
    coalesce(sum(net_amount) filter (where is_promoted), 0),
    sum(cost_amount),
    sum(margin_amount),
    sum(net_amount) filter (where cost_amount is not null)
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

CREATE OR REPLACE FUNCTION analytics.list_price_at(of_store text, of_product text, at timestamp with time zone)
 RETURNS numeric
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (SELECT dim_price.price FROM analytics.dim_price WHERE ((dim_price.store_id = list_price_at.of_store) AND (dim_price.product_id = list_price_at.of_product) AND (dim_price.valid_from <= list_price_at.at) AND (dim_price.reason = ANY (ARRAY['regular'::text, 'correction'::text]))) ORDER BY dim_price.valid_from DESC LIMIT 1)
;

CREATE OR REPLACE FUNCTION analytics.may_see_customers()
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
RETURN (EXISTS (SELECT FROM ref.customer_reader WHERE (customer_reader.login = SESSION_USER)))
;

CREATE OR REPLACE FUNCTION analytics.normal_quantile(p double precision)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN CASE WHEN (LEAST(p, ((1)::double precision - p)) < (0.02425)::double precision) THEN (SELECT ((sign(((0.5)::double precision - normal_quantile.p)) * ((((((((((('-0.007784894002430293'::numeric)::double precision * tail.q) - (0.3223964580411365)::double precision) * tail.q) - (2.400758277161838)::double precision) * tail.q) - (2.549732539343734)::double precision) * tail.q) + (4.374664141464968)::double precision) * tail.q) + (2.938163982698783)::double precision)) / (((((((((0.007784695709041462)::double precision * tail.q) + (0.3224671290700398)::double precision) * tail.q) + (2.445134137142996)::double precision) * tail.q) + (3.754408661907416)::double precision) * tail.q) + (1)::double precision)) FROM (SELECT sqrt((('-2'::integer)::double precision * ln(LEAST(normal_quantile.p, ((1)::double precision - normal_quantile.p))))) AS q) tail) ELSE (SELECT ((((((((((((('-39.69683028665376'::numeric)::double precision * centre.r) + (220.9460984245205)::double precision) * centre.r) - (275.9285104469687)::double precision) * centre.r) + (138.3577518672690)::double precision) * centre.r) - (30.66479806614716)::double precision) * centre.r) + (2.506628277459239)::double precision) * centre.q) / ((((((((((('-54.47609879822406'::numeric)::double precision * centre.r) + (161.5858368580409)::double precision) * centre.r) - (155.6989798598866)::double precision) * centre.r) + (66.80131188771972)::double precision) * centre.r) - (13.28068155288572)::double precision) * centre.r) + (1)::double precision)) FROM (SELECT (normal_quantile.p - (0.5)::double precision) AS q, ((normal_quantile.p - (0.5)::double precision) * (normal_quantile.p - (0.5)::double precision)) AS r) centre) END
;

CREATE OR REPLACE FUNCTION analytics.note_changed_days()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  execute format('insert into analytics.changed_day (sums, day) select distinct $1, %I from changed', tg_argv[1]) using tg_argv[0];
  return null;
end;
$function$
;

CREATE OR REPLACE FUNCTION analytics.order_point(quantity numeric, squares numeric, open_days numeric, span_days numeric, service_target numeric)
 RETURNS TABLE(daily_quantity numeric, safety_stock numeric, reorder_point numeric)
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
 SELECT round(GREATEST(pace.mean, (0)::numeric), 6) AS round,
     safety.stock,
     round(((GREATEST(pace.mean, (0)::numeric) * order_point.span_days) + safety.stock), 6) AS round
    FROM (( SELECT (order_point.quantity / order_point.open_days) AS mean,
             (order_point.squares / order_point.open_days) AS square) pace
      CROSS JOIN LATERAL ( SELECT analytics.safety_stock(order_point.service_target, pace.square, pace.mean, order_point.span_days) AS stock) safety);
END
;

CREATE OR REPLACE FUNCTION analytics.pseudonym(key text, customer text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN "left"(encode(sha256((((key || '/'::text) || customer))::bytea), 'hex'::text), 16)
;

CREATE OR REPLACE FUNCTION analytics.pseudonym_of(customer text)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE STRICT SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
RETURN (SELECT analytics.pseudonym(pseudonym_key.key, pseudonym_of.customer) AS pseudonym FROM ref.pseudonym_key)
;

CREATE OR REPLACE FUNCTION analytics.refresh_markdowns()
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION analytics.refresh_stock_cover()
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION analytics.safety_stock(service_target numeric, mean_square numeric, mean numeric, days numeric)
 RETURNS numeric
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN round(((analytics.normal_quantile((service_target)::double precision))::numeric * sqrt((GREATEST((mean_square - (mean * mean)), (0)::numeric) * days))), 6)
;

CREATE OR REPLACE FUNCTION analytics.sum_all_stores(business_date date)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION analytics.sum_changed_days()
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION analytics.sum_customers(business_date date)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  rows_written bigint;
begin
  delete from analytics.customer_day where sale_date = business_date;
  insert into analytics.customer_day (sale_date, store_key, customer, transactions, lines, quantity, net_amount)
  select
    business_date, store_key, analytics.pseudonym(key, customer_id) as customer_name,
    count(distinct transaction_id), count(*), sum(quantity), sum(net_amount)
  from analytics.fact_sales
  cross join ref.pseudonym_key
  where sale_date = business_date and customer_id is not null
  group by store_key, customer_name;
  get diagnostics rows_written = row_count;
  return rows_written;
end;
$function$
;

CREATE OR REPLACE FUNCTION analytics.sum_forecast_errors(dates date[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION analytics.sum_forecast_weeks(dates date[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION analytics.sum_forecasts(dates date[])
 RETURNS void
 LANGUAGE sql
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION analytics.sum_segments()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  delete from analytics.customer_segments;
  insert into analytics.customer_segments (store_key, segment, customers, repeat_customers, transactions, net_amount)
  select store_key, segment, count(*), count(*) filter (where is_repeat), sum(transactions), sum(net_amount)
  from bi.customer_analytics
  group by store_key, segment;
end;
$function$
;

CREATE OR REPLACE FUNCTION analytics.sum_slow_movers(dates date[])
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION analytics.sum_sold_of_forecasts(dates date[])
 RETURNS void
 LANGUAGE sql
AS $function$
  update analytics.forecast_by_store_day as newest set
    actual_quantity = (
      select sum(error.actual_quantity)
      from analytics.forecast_accuracy as error
      where error.target_date = newest.target_date and error.store_key = newest.store_key
        and error.horizon_days = newest.target_date - newest.forecast_date
    ),
    updated_at = now()
  where newest.target_date = any (dates)
$function$
;

CREATE OR REPLACE FUNCTION analytics.sum_stock()
 RETURNS void
 LANGUAGE sql
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION analytics.sum_stock_days(dates date[])
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
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

-- Triggers

CREATE TRIGGER note_delete AFTER DELETE ON analytics.fact_forecast REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION analytics.note_changed_days('forecasts', 'forecast_date');
CREATE TRIGGER note_delete AFTER DELETE ON analytics.fact_inventory REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION analytics.note_changed_days('stock', 'inventory_date');
CREATE TRIGGER note_delete AFTER DELETE ON analytics.fact_slow_mover REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION analytics.note_changed_days('slow_movers', 'measured_on');
CREATE TRIGGER note_delete AFTER DELETE ON analytics.fact_stock_movement REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION analytics.note_changed_days('stock', 'movement_date');
CREATE TRIGGER note_delete AFTER DELETE ON analytics.fact_stockout REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION analytics.note_changed_days('stock', 'stockout_date');
CREATE TRIGGER note_delete AFTER DELETE ON analytics.forecast_accuracy REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION analytics.note_changed_days('forecast_errors', 'target_date');
CREATE TRIGGER note_insert AFTER INSERT ON analytics.fact_forecast REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION analytics.note_changed_days('forecasts', 'forecast_date');
CREATE TRIGGER note_insert AFTER INSERT ON analytics.fact_inventory REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION analytics.note_changed_days('stock', 'inventory_date');
CREATE TRIGGER note_insert AFTER INSERT ON analytics.fact_slow_mover REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION analytics.note_changed_days('slow_movers', 'measured_on');
CREATE TRIGGER note_insert AFTER INSERT ON analytics.fact_stock_movement REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION analytics.note_changed_days('stock', 'movement_date');
CREATE TRIGGER note_insert AFTER INSERT ON analytics.fact_stockout REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION analytics.note_changed_days('stock', 'stockout_date');
CREATE TRIGGER note_insert AFTER INSERT ON analytics.forecast_accuracy REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION analytics.note_changed_days('forecast_errors', 'target_date');
CREATE TRIGGER note_update AFTER UPDATE ON analytics.fact_forecast REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION analytics.note_changed_days('forecasts', 'forecast_date');
CREATE TRIGGER note_update AFTER UPDATE ON analytics.fact_inventory REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION analytics.note_changed_days('stock', 'inventory_date');
CREATE TRIGGER note_update AFTER UPDATE ON analytics.fact_slow_mover REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION analytics.note_changed_days('slow_movers', 'measured_on');
CREATE TRIGGER note_update AFTER UPDATE ON analytics.fact_stock_movement REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION analytics.note_changed_days('stock', 'movement_date');
CREATE TRIGGER note_update AFTER UPDATE ON analytics.fact_stockout REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION analytics.note_changed_days('stock', 'stockout_date');
CREATE TRIGGER note_update AFTER UPDATE ON analytics.forecast_accuracy REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION analytics.note_changed_days('forecast_errors', 'target_date');

-- Row-level security

alter table analytics.assortment_by_class enable row level security;

create policy application on analytics.assortment_by_class to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.assortment_by_class for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys)))));

alter table analytics.customer_day enable row level security;

create policy application on analytics.customer_day to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.customer_day for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.customer_segments enable row level security;

create policy application on analytics.customer_segments to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.customer_segments for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys)))));

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

alter table analytics.fact_markdown enable row level security;

create policy application on analytics.fact_markdown to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.fact_markdown for select to bi_reader
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

alter table analytics.fact_stock_movement enable row level security;

create policy application on analytics.fact_stock_movement to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.fact_stock_movement for select to bi_reader
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

alter table analytics.forecast_accuracy_by_week enable row level security;

create policy application on analytics.forecast_accuracy_by_week to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.forecast_accuracy_by_week for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys)))));

alter table analytics.forecast_accuracy_total enable row level security;

create policy application on analytics.forecast_accuracy_total to shelfline_app
  using (true)
  with check (true);

create policy everything on analytics.forecast_accuracy_total for select to bi_reader
  using (( SELECT ref.sees_everything() AS sees_everything));

alter table analytics.forecast_by_category enable row level security;

create policy application on analytics.forecast_by_category to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.forecast_by_category for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.forecast_by_category_total enable row level security;

create policy application on analytics.forecast_by_category_total to shelfline_app
  using (true)
  with check (true);

create policy everything on analytics.forecast_by_category_total for select to bi_reader
  using (( SELECT ref.sees_everything() AS sees_everything));

alter table analytics.forecast_by_store_day enable row level security;

create policy application on analytics.forecast_by_store_day to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.forecast_by_store_day for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys)))));

alter table analytics.order_edit enable row level security;

create policy application on analytics.order_edit to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.order_edit for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.product_month_total enable row level security;

create policy application on analytics.product_month_total to shelfline_app
  using (true)
  with check (true);

create policy everything on analytics.product_month_total for select to bi_reader
  using (( SELECT ref.sees_everything() AS sees_everything));

alter table analytics.reorder_prediction enable row level security;

create policy application on analytics.reorder_prediction to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.reorder_prediction for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.sales_by_category_day enable row level security;

create policy application on analytics.sales_by_category_day to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.sales_by_category_day for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.sales_by_category_total enable row level security;

create policy application on analytics.sales_by_category_total to shelfline_app
  using (true)
  with check (true);

create policy everything on analytics.sales_by_category_total for select to bi_reader
  using (( SELECT ref.sees_everything() AS sees_everything));

alter table analytics.sales_by_day_total enable row level security;

create policy application on analytics.sales_by_day_total to shelfline_app
  using (true)
  with check (true);

create policy everything on analytics.sales_by_day_total for select to bi_reader
  using (( SELECT ref.sees_everything() AS sees_everything));

alter table analytics.sales_by_product_month enable row level security;

create policy application on analytics.sales_by_product_month to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.sales_by_product_month for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.sales_by_store_day enable row level security;

create policy application on analytics.sales_by_store_day to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.sales_by_store_day for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys)))));

alter table analytics.sales_by_store_hour enable row level security;

create policy application on analytics.sales_by_store_hour to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.sales_by_store_hour for select to bi_reader
  using ((store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys))));

alter table analytics.slow_movers_by_age enable row level security;

create policy application on analytics.slow_movers_by_age to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.slow_movers_by_age for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys)))));

alter table analytics.stock_by_category enable row level security;

create policy application on analytics.stock_by_category to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.stock_by_category for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys)))));

alter table analytics.stock_by_store_day enable row level security;

create policy application on analytics.stock_by_store_day to shelfline_app
  using (true)
  with check (true);

create policy own_stores on analytics.stock_by_store_day for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_key = ANY (ARRAY( SELECT analytics.visible_store_keys() AS visible_store_keys)))));

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

-- Grants

grant execute on function analytics.aggregate_date(business_date date) to shelfline_app;
grant execute on function analytics.dates_to_aggregate() to shelfline_app;
grant execute on function analytics.dimension_key(natural_key text, valid_from timestamp with time zone) to public;
grant execute on function analytics.dimension_key(natural_key text, valid_from timestamp with time zone) to shelfline_app;
grant execute on function analytics.ensure_partitions(first_date date, last_date date) to shelfline_app;
grant execute on function analytics.fill_dim_date(first_date date, last_date date) to shelfline_app;
grant execute on function analytics.forget_sales_days(dates date[]) to shelfline_app;
grant execute on function analytics.list_price_at(of_store text, of_product text, at timestamp with time zone) to public;
grant execute on function analytics.list_price_at(of_store text, of_product text, at timestamp with time zone) to shelfline_app;
grant execute on function analytics.may_see_customers() to bi_reader;
grant execute on function analytics.may_see_customers() to shelfline_app;
grant execute on function analytics.months_of_day(business_date date) to shelfline_app;
grant execute on function analytics.normal_quantile(p double precision) to public;
grant execute on function analytics.normal_quantile(p double precision) to shelfline_app;
grant execute on function analytics.note_changed_days() to shelfline_app;
grant execute on function analytics.order_point(quantity numeric, squares numeric, open_days numeric, span_days numeric, service_target numeric) to public;
grant execute on function analytics.order_point(quantity numeric, squares numeric, open_days numeric, span_days numeric, service_target numeric) to shelfline_app;
grant execute on function analytics.pseudonym(key text, customer text) to shelfline_app;
grant execute on function analytics.pseudonym_of(customer text) to bi_reader;
grant execute on function analytics.pseudonym_of(customer text) to shelfline_app;
grant execute on function analytics.rebuild_sums(first_day date, last_day date) to shelfline_app;
grant execute on function analytics.refresh_bi() to shelfline_app;
grant execute on function analytics.refresh_markdowns() to shelfline_app;
grant execute on function analytics.refresh_stock_cover() to shelfline_app;
grant execute on function analytics.safety_stock(service_target numeric, mean_square numeric, mean numeric, days numeric) to public;
grant execute on function analytics.safety_stock(service_target numeric, mean_square numeric, mean numeric, days numeric) to shelfline_app;
grant execute on function analytics.sum_all_stores(business_date date) to shelfline_app;
grant execute on function analytics.sum_changed_days() to shelfline_app;
grant execute on function analytics.sum_customers(business_date date) to shelfline_app;
grant execute on function analytics.sum_forecast_errors(dates date[]) to shelfline_app;
grant execute on function analytics.sum_forecast_weeks(dates date[]) to shelfline_app;
grant execute on function analytics.sum_forecasts(dates date[]) to shelfline_app;
grant execute on function analytics.sum_month(month date) to shelfline_app;
grant execute on function analytics.sum_newest_forecasts(dates date[]) to shelfline_app;
grant execute on function analytics.sum_sales_day(business_date date) to shelfline_app;
grant execute on function analytics.sum_segments() to shelfline_app;
grant execute on function analytics.sum_slow_movers(dates date[]) to shelfline_app;
grant execute on function analytics.sum_sold_of_forecasts(dates date[]) to shelfline_app;
grant execute on function analytics.sum_stock() to shelfline_app;
grant execute on function analytics.sum_stock_days(dates date[]) to shelfline_app;
grant execute on function analytics.visible_store_keys() to bi_reader;
grant execute on function analytics.visible_store_keys() to shelfline_app;
grant usage on schema analytics to shelfline_app;
grant usage on schema analytics to shelfline_web;
grant select, usage on sequence analytics.changed_day_change_id_seq to shelfline_app;
grant delete, insert, select, truncate, update on table analytics.aggregated_dates to shelfline_app;
grant select on table analytics.assortment_by_class to bi_reader;
grant delete, insert, select, truncate, update on table analytics.assortment_by_class to shelfline_app;
grant delete, insert, select, truncate, update on table analytics.changed_day to shelfline_app;
grant select on table analytics.customer_day to bi_reader;
grant delete, insert, select, truncate, update on table analytics.customer_day to shelfline_app;
grant select on table analytics.customer_segments to bi_reader;
grant delete, insert, select, truncate, update on table analytics.customer_segments to shelfline_app;
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
grant select on table analytics.fact_markdown to bi_reader;
grant delete, insert, select, truncate, update on table analytics.fact_markdown to shelfline_app;
grant select on table analytics.fact_purchase_order to bi_reader;
grant delete, insert, select, truncate, update on table analytics.fact_purchase_order to shelfline_app;
grant select on table analytics.fact_sales to bi_reader;
grant delete, insert, select, truncate, update on table analytics.fact_sales to shelfline_app;
grant select on table analytics.fact_slow_mover to bi_reader;
grant delete, insert, select, truncate, update on table analytics.fact_slow_mover to shelfline_app;
grant select on table analytics.fact_stock_movement to bi_reader;
grant delete, insert, select, truncate, update on table analytics.fact_stock_movement to shelfline_app;
grant select on table analytics.fact_stock_target to bi_reader;
grant delete, insert, select, truncate, update on table analytics.fact_stock_target to shelfline_app;
grant select on table analytics.fact_stockout to bi_reader;
grant delete, insert, select, truncate, update on table analytics.fact_stockout to shelfline_app;
grant select on table analytics.forecast_accuracy to bi_reader;
grant delete, insert, select, truncate, update on table analytics.forecast_accuracy to shelfline_app;
grant select on table analytics.forecast_accuracy_by_week to bi_reader;
grant delete, insert, select, truncate, update on table analytics.forecast_accuracy_by_week to shelfline_app;
grant select on table analytics.forecast_accuracy_total to bi_reader;
grant delete, insert, select, truncate, update on table analytics.forecast_accuracy_total to shelfline_app;
grant select on table analytics.forecast_accuracy_total to shelfline_web;
grant select on table analytics.forecast_by_category to bi_reader;
grant delete, insert, select, truncate, update on table analytics.forecast_by_category to shelfline_app;
grant select on table analytics.forecast_by_category_total to bi_reader;
grant delete, insert, select, truncate, update on table analytics.forecast_by_category_total to shelfline_app;
grant select on table analytics.forecast_by_store_day to bi_reader;
grant delete, insert, select, truncate, update on table analytics.forecast_by_store_day to shelfline_app;
grant select on table analytics.order_edit to bi_reader;
grant delete, insert, select, truncate, update on table analytics.order_edit to shelfline_app;
grant select on table analytics.product_month_total to bi_reader;
grant delete, insert, select, truncate, update on table analytics.product_month_total to shelfline_app;
grant select on table analytics.reorder_prediction to bi_reader;
grant delete, insert, select, truncate, update on table analytics.reorder_prediction to shelfline_app;
grant select on table analytics.sales_by_category_day to bi_reader;
grant delete, insert, select, truncate, update on table analytics.sales_by_category_day to shelfline_app;
grant select on table analytics.sales_by_category_total to bi_reader;
grant delete, insert, select, truncate, update on table analytics.sales_by_category_total to shelfline_app;
grant select on table analytics.sales_by_day_total to bi_reader;
grant delete, insert, select, truncate, update on table analytics.sales_by_day_total to shelfline_app;
grant select on table analytics.sales_by_product_month to bi_reader;
grant delete, insert, select, truncate, update on table analytics.sales_by_product_month to shelfline_app;
grant select on table analytics.sales_by_store_day to bi_reader;
grant delete, insert, select, truncate, update on table analytics.sales_by_store_day to shelfline_app;
grant select on table analytics.sales_by_store_hour to bi_reader;
grant delete, insert, select, truncate, update on table analytics.sales_by_store_hour to shelfline_app;
grant select on table analytics.slow_movers_by_age to bi_reader;
grant delete, insert, select, truncate, update on table analytics.slow_movers_by_age to shelfline_app;
grant select on table analytics.stock_by_category to bi_reader;
grant delete, insert, select, truncate, update on table analytics.stock_by_category to shelfline_app;
grant select on table analytics.stock_by_store_day to bi_reader;
grant delete, insert, select, truncate, update on table analytics.stock_by_store_day to shelfline_app;
grant select on table analytics.stock_cover to bi_reader;
grant delete, insert, select, truncate, update on table analytics.stock_cover to shelfline_app;
grant select on table analytics.supplier_performance to bi_reader;
grant delete, insert, select, truncate, update on table analytics.supplier_performance to shelfline_app;

-- Default privileges

alter default privileges for role shelfline_migrate in schema analytics grant execute on functions to shelfline_app;
alter default privileges for role shelfline_migrate in schema analytics grant select, usage on sequences to shelfline_app;
alter default privileges for role shelfline_migrate in schema analytics grant delete, insert, select, truncate, update on tables to shelfline_app;

-- Comments

comment on schema analytics is 'The star schema''s tables. Private: read the views in bi.';
comment on table analytics.aggregated_dates is 'Which run of the ledger each date''s sums were made from.';
comment on column analytics.aggregated_dates.sale_date is 'The day.';
comment on column analytics.aggregated_dates.ledger_run is 'The run of fact_sales, as in ops.partition_ledger.';
comment on column analytics.aggregated_dates.has_unknown_products is 'Some lines name a product that no catalogue knew.';
comment on column analytics.aggregated_dates.aggregated_at is 'When the sums were made.';
comment on table analytics.assortment_by_class is 'sales_by_product_month summed to store × category × ABC class.';
comment on table analytics.changed_day is 'Days whose facts have changed since they were last summed. refresh_bi sums them and removes them here.';
comment on column analytics.changed_day.sums is 'stock: fact_inventory, fact_stockout or fact_stock_movement changed; slow_movers: fact_slow_mover; forecasts: fact_forecast; forecast_errors: forecast_accuracy.';
comment on column analytics.changed_day.day is 'The day of the facts; of forecasts the day on which they were made.';
comment on table analytics.customer_day is 'fact_sales of known customers, summed to store × day × customer, who has a pseudonym.';
comment on column analytics.customer_day.sale_date is 'The store''s day.';
comment on column analytics.customer_day.store_key is 'Version of the store at the sale.';
comment on column analytics.customer_day.customer is 'Pseudonym: the same customer is the same in every store and on every day.';
comment on column analytics.customer_day.transactions is 'Baskets or invoices.';
comment on column analytics.customer_day.lines is 'Lines bought or returned.';
comment on column analytics.customer_day.quantity is 'Units bought less units returned.';
comment on column analytics.customer_day.net_amount is 'Money paid less what was paid back.';
comment on column analytics.customer_day.updated_at is 'When this row was last written.';
comment on table analytics.customer_segments is 'The customers of each store, counted by segment.';
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
comment on column analytics.dim_price.valid_to is 'The price holds until before this instant; 9999-12-31 for the current one.';
comment on column analytics.dim_price.is_current is 'This is the newest price.';
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
comment on column analytics.dim_product.sub_category is 'Sub-category during this version.';
comment on column analytics.dim_product.supplier_key is 'The supplier that is preferred now; null without terms.';
comment on column analytics.dim_product.unit_cost is 'What a unit costs from this supplier now, in cost_currency; a location may have terms of its own. fact_sales has the cost at each sale.';
comment on column analytics.dim_product.cost_currency is 'ISO 4217 code of the supplier''s prices.';
comment on column analytics.dim_product.pack_size is 'Units per pack of this supplier.';
comment on column analytics.dim_product.shelf_life_days is 'Days from a delivery until the goods expire; null where the terms have none.';
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
comment on column analytics.dim_store.is_warehouse is 'A warehouse that refills stores, and no store.';
comment on column analytics.dim_store.city is 'City during this version; null: unknown, as in the columns below.';
comment on column analytics.dim_store.area_square_metres is 'Sales area in square metres.';
comment on column analytics.dim_store.store_type is 'What kind of store it is, as the catalogue calls it.';
comment on column analytics.dim_store.latitude is 'Degrees north.';
comment on column analytics.dim_store.longitude is 'Degrees east.';
comment on column analytics.dim_store.opening_hours is 'As OpenStreetMap writes it, e.g. Mo-Sa 07:00-22:00; Su 10:00-16:00.';
comment on table analytics.dim_supplier is 'Suppliers as they are now; no history.';
comment on column analytics.dim_supplier.supplier_key is 'Surrogate key, analytics.dimension_key(supplier_id, 1900-01-01).';
comment on column analytics.dim_supplier.supplier_id is 'The supplier, as the sources call it.';
comment on column analytics.dim_supplier.name is 'Name for people.';
comment on column analytics.dim_supplier.country is 'Country.';
comment on column analytics.dim_supplier.lead_time_days is 'Agreed days from order to delivery.';
comment on column analytics.dim_supplier.is_unknown is 'Facts name this supplier and no catalogue does; its attributes are placeholders.';
comment on column analytics.dim_supplier.updated_at is 'When this row was last written.';
comment on column analytics.dim_supplier.currency is 'ISO 4217 code of its prices.';
comment on column analytics.dim_supplier.minimum_order_value is 'Minimum value of an order, in this currency.';
comment on table analytics.fact_anomaly is 'Days of a product in a store that are unlike other days, by the isolation forest that was champion; a day that is usual has no row.';
comment on column analytics.fact_anomaly.anomaly_date is 'The day; the load replaces it whole.';
comment on column analytics.fact_anomaly.store_key is 'Version of the store that held on the day.';
comment on column analytics.fact_anomaly.product_key is 'Version of the product that held on the day.';
comment on column analytics.fact_anomaly.updated_at is 'When this row was written; one value a load.';
comment on table analytics.fact_cross_sell is 'For each product those that go into the same baskets, the nearest first.';
comment on column analytics.fact_cross_sell.listed_on is 'The last day that was known; the load replaces it whole.';
comment on column analytics.fact_cross_sell.product_key is 'Version of the product that held on the day.';
comment on column analytics.fact_cross_sell.other_product_key is 'Version of the product that goes with it.';
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
comment on column analytics.fact_forecast.store_key is 'Version of the store that held when the forecast was made.';
comment on column analytics.fact_forecast.product_key is 'Version of the product that held when the forecast was made.';
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
comment on column analytics.fact_inventory.daily_quantity is 'Mean units sold a day, of the days of 28 up to this one on which the store moved anything; 0 where returns outweigh sales.';
comment on column analytics.fact_inventory.unit_cost is 'What a unit cost at the end of the day by the terms of the preferred supplier; null: unknown.';
comment on column analytics.fact_inventory.days_of_cover is 'closing_quantity ÷ daily_quantity; 0 when out of stock, null when nothing sold.';
comment on column analytics.fact_inventory.stock_value is 'closing_quantity × unit_cost, nothing for a closing stock below zero; null: unknown.';
comment on column analytics.fact_inventory.safety_stock is 'Units against surprises: the quantile of the service target × the standard deviation of a day''s sales × √(lead time + review days).';
comment on column analytics.fact_inventory.reorder_point is 'daily_quantity × (lead time + review days) + safety_stock. What replenishment decides with the forecast is in reorder_predictions.';
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
comment on column analytics.fact_sales.updated_at is 'When this row was written; one value a load.';
comment on column analytics.fact_sales.unit_cost is 'What a unit cost by the terms of the preferred supplier at the sale; null where cost_status is not known.';
comment on column analytics.fact_sales.cost_amount is 'quantity × unit_cost; negative for a return.';
comment on column analytics.fact_sales.margin_amount is 'net_amount − cost_amount.';
comment on column analytics.fact_sales.cost_status is 'known; or why the cost is not: no_terms, before_terms (sold before the first terms), other_currency (the supplier''s is not the store''s, or is unknown).';
comment on column analytics.fact_sales.list_price is 'Regular price of a unit at the sale by the price history, before promotions and markdowns; null where list_price_status is not known.';
comment on column analytics.fact_sales.list_price_status is 'known; or why the list price is not: no_price, before_price (sold before the first price).';
comment on table analytics.fact_slow_mover is 'Products that will probably hardly sell in a store, and the money that their stock ties up. What sells has no row.';
comment on column analytics.fact_slow_mover.measured_on is 'The last day that was known; the load replaces it whole.';
comment on column analytics.fact_slow_mover.store_key is 'Version of the store that held on the day.';
comment on column analytics.fact_slow_mover.product_key is 'Version of the product that held on the day.';
comment on column analytics.fact_slow_mover.updated_at is 'When this row was written; one value a load.';
comment on table analytics.fact_stock_movement is 'How the stock of one product in one store changed on one day for one reason. Over the reasons they sum to the change of fact_inventory.';
comment on column analytics.fact_stock_movement.movement_date is 'The store''s day.';
comment on column analytics.fact_stock_movement.store_key is 'Version of the store at the last movement.';
comment on column analytics.fact_stock_movement.product_key is 'Version of the product at the last movement.';
comment on column analytics.fact_stock_movement.unit_cost is 'What a unit cost at the last movement; null: unknown.';
comment on column analytics.fact_stock_movement.list_price is 'Regular price of a unit at the last movement; null: unknown.';
comment on column analytics.fact_stock_movement.updated_at is 'When this row was written; one value a load.';
comment on table analytics.fact_stock_target is 'How much of each product a store should have, what decided about it, and what it has.';
comment on column analytics.fact_stock_target.measured_on is 'The last day that was known; the load replaces it whole.';
comment on column analytics.fact_stock_target.store_key is 'Version of the store that held on the day.';
comment on column analytics.fact_stock_target.product_key is 'Version of the product that held on the day.';
comment on column analytics.fact_stock_target.updated_at is 'When this row was written; one value a load.';
comment on table analytics.fact_stockout is 'One product that one store could not sell during part of one day. Sales on such a day are censored demand.';
comment on column analytics.fact_stockout.stockout_date is 'The store''s day.';
comment on column analytics.fact_stockout.store_key is 'Version of the store that held on that day.';
comment on column analytics.fact_stockout.product_key is 'Version of the product that held on that day.';
comment on column analytics.fact_stockout.out_of_stock_minutes is 'Minutes of the day without stock.';
comment on column analytics.fact_stockout.lost_quantity is 'Units that would have sold: the mean of a day × the share of the store''s lines that it sold meanwhile; null where nothing sold in the days before.';
comment on column analytics.fact_stockout.is_observed is 'The retailer recorded it; else it follows from the stock that we keep.';
comment on column analytics.fact_stockout.is_synthetic is 'Rests on stock movements that were made up by a seeded rule.';
comment on column analytics.fact_stockout.updated_at is 'When this row was written; one value a load.';
comment on column analytics.fact_stockout.began_at is 'When it ran out, on this day or before; of several times the first.';
comment on column analytics.fact_stockout.ended_at is 'When there was stock again for the last time; null: not by the end of the day.';
comment on column analytics.fact_stockout.lost_amount is 'lost_quantity × the list price; null where either is unknown.';
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
comment on column analytics.forecast_accuracy.squared_error is 'Sum over the products of (forecast − sold)²; null: loaded before it was kept.';
comment on column analytics.forecast_accuracy.relative_error is 'Sum of |forecast − sold| ÷ sold over the products that sold; null: loaded before it was kept.';
comment on column analytics.forecast_accuracy.sold_forecasts is 'Forecasts of the products that sold; null: loaded before it was kept.';
comment on table analytics.forecast_accuracy_by_week is 'forecast_accuracy summed to store × category × week, of the forecasts that were made on the Sunday before.';
comment on table analytics.forecast_accuracy_total is 'forecast_accuracy, summed over all stores; kept by triggers of that table.';
comment on table analytics.forecast_by_category is 'fact_forecast summed to store × category; kept by triggers of that table.';
comment on table analytics.forecast_by_category_total is 'forecast_by_category summed over all stores.';
comment on table analytics.forecast_by_store_day is 'The newest forecast of each store and day, summed over its products, and what they sold.';
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
comment on table analytics.product_month_total is 'sales_by_product_month summed over all stores.';
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
comment on column analytics.sales_by_category_day.cost_amount is 'Cost of what was sold, of the lines whose cost is known.';
comment on column analytics.sales_by_category_day.margin_amount is 'Their net amount less their cost.';
comment on column analytics.sales_by_category_day.costed_net_amount is 'Their net amount: the part of net_amount whose cost is known.';
comment on table analytics.sales_by_category_total is 'sales_by_category_day summed over all stores.';
comment on table analytics.sales_by_day_total is 'sales_by_store_day summed over all stores.';
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
comment on column analytics.sales_by_product_month.abc_class is 'A: the products that make the first 80 % of the store''s revenue of the month; B: the next 15 %; C: the rest.';
comment on column analytics.sales_by_product_month.xyz_class is 'By the weeks that ended in the month: X: weekly sales vary by at most half of their mean; Y: by at most their mean; Z: by more. Null: nothing sold in them.';
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
comment on column analytics.sales_by_store_day.cost_amount is 'Cost of what was sold, of the lines whose cost is known.';
comment on column analytics.sales_by_store_day.margin_amount is 'Their net amount less their cost.';
comment on column analytics.sales_by_store_day.costed_net_amount is 'Their net amount: the part of net_amount whose cost is known.';
comment on table analytics.sales_by_store_hour is 'fact_sales summed to store × hour of the store''s clock.';
comment on column analytics.sales_by_store_hour.sale_date is 'The store''s day.';
comment on column analytics.sales_by_store_hour.store_key is 'Version of the store that held at the sale.';
comment on column analytics.sales_by_store_hour.hour_of_day is 'Hour on the store''s clock, 0 to 23.';
comment on column analytics.sales_by_store_hour.transactions is 'Baskets or invoices with a line in the hour.';
comment on column analytics.sales_by_store_hour.lines is 'Lines sold or returned.';
comment on column analytics.sales_by_store_hour.quantity is 'Units sold less units returned.';
comment on column analytics.sales_by_store_hour.net_amount is 'Revenue less what was paid back.';
comment on column analytics.sales_by_store_hour.updated_at is 'When this row was last written.';
comment on table analytics.slow_movers_by_age is 'fact_slow_mover summed to store × age.';
comment on table analytics.stock_by_category is 'stock_cover summed to store × category.';
comment on table analytics.stock_by_store_day is 'fact_inventory, fact_stockout and the waste of fact_stock_movement summed to store × day, with the maximum cover of ref.policy_default: a migration that changes it sums all days again.';
comment on table analytics.stock_cover is 'How long the live stock lasts at the pace of the 28 days up to measured_on.';
comment on column analytics.stock_cover.store_key is 'Current version of the store.';
comment on column analytics.stock_cover.product_key is 'Current version of the product.';
comment on column analytics.stock_cover.on_hand_quantity is 'Units that should be on hand.';
comment on column analytics.stock_cover.sold_quantity is 'Units sold less units returned in the 28 days up to measured_on.';
comment on column analytics.stock_cover.daily_quantity is 'sold_quantity ÷ 28; 0 where returns outweigh sales.';
comment on column analytics.stock_cover.days_of_cover is 'on_hand_quantity ÷ daily_quantity; 0 when out of stock, null when nothing sold.';
comment on column analytics.stock_cover.measured_on is 'The store''s last day with a sale; for a store that has never sold, that of any store.';
comment on column analytics.stock_cover.updated_at is 'When this row was last written.';
comment on column analytics.stock_cover.unit_cost is 'What a unit costs now by the terms of the preferred supplier; null: unknown.';
comment on column analytics.stock_cover.stock_value is 'on_hand_quantity × unit_cost, nothing for a stock below zero; null: unknown.';
comment on column analytics.stock_cover.safety_stock is 'Units against surprises, as in fact_inventory.';
comment on column analytics.stock_cover.reorder_point is 'As in fact_inventory.';
comment on column analytics.stock_cover.stock_status is 'out of stock, below safety stock, below reorder point, enough, overstock (more days of cover than the default policy allows) or not selling.';
comment on column analytics.stock_cover.overstock_value is 'Value of what is on hand beyond these days of cover; all of it where nothing sells; null: cost unknown.';
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
comment on function analytics.aggregate_date(business_date date) is 'Replaces one date of the sales sums; returns the rows written.';
comment on function analytics.dates_to_aggregate() is 'Dates whose sums are missing or older than fact_sales, with the ledger''s run.';
comment on function analytics.dimension_key(natural_key text, valid_from timestamp with time zone) is 'Surrogate key of a version: 52 bits of an MD5 over the natural key, "@" and valid_from in whole seconds since 1970, so that JavaScript and DAX hold it exactly.';
comment on function analytics.ensure_partitions(first_date date, last_date date) is 'Makes the monthly partitions that hold the dates of a range, both ends included, in every fact; returns how many were made. May run again, and twice at once.';
comment on function analytics.fill_dim_date(first_date date, last_date date) is 'Adds the days of a range, both ends included, that the calendar lacks.';
comment on function analytics.forget_sales_days(dates date[]) is 'The sums of days whose sales were removed go with them. Returns the rows written for what is left of their months.';
comment on function analytics.list_price_at(of_store text, of_product text, at timestamp with time zone) is 'Regular price of a unit in a store by the price history, before promotions and markdowns; null before the first.';
comment on function analytics.may_see_customers() is 'Whether the login sees customers as Shelfline does.';
comment on function analytics.months_of_day(business_date date) is 'The months whose sums have this day, by their first day: its own, and that in which its week ends.';
comment on function analytics.normal_quantile(p double precision) is 'Quantile of the standard normal distribution; 0 < p < 1.';
comment on function analytics.note_changed_days() is 'Notes the days of changed rows. Arguments: the sums, and the column that has the day.';
comment on function analytics.order_point(quantity numeric, squares numeric, open_days numeric, span_days numeric, service_target numeric) is 'When to order, from the units sold, and the sum of their squares, over some days: the mean of a day, the safety stock, and the mean × the days until an order can arrive + the safety stock.';
comment on function analytics.pseudonym(key text, customer text) is 'What a customer is called in reports.';
comment on function analytics.pseudonym_of(customer text) is 'What a customer is called in reports, by the key of this database.';
comment on function analytics.rebuild_sums(first_day date, last_day date) is 'Makes every sum of these days again from its facts, whether or not anything has changed; of the stock, of now.';
comment on function analytics.refresh_bi() is 'Brings the sums behind bi up to date: the dates of fact_sales that changed, and the stock cover. May run at any time, again, and twice at once.';
comment on function analytics.refresh_markdowns() is 'Adds the discounts of the live state to fact_markdown before the live state forgets them; returns the rows that changed.';
comment on function analytics.refresh_stock_cover() is 'Brings stock_cover up to the live stock; returns the rows that changed.';
comment on function analytics.safety_stock(service_target numeric, mean_square numeric, mean numeric, days numeric) is 'Units against surprises over some days: the quantile of the service target × the standard deviation of a day × √days.';
comment on function analytics.sum_all_stores(business_date date) is 'Replaces the sums over all stores of one date by those of its stores.';
comment on function analytics.sum_changed_days() is 'Sums the days again that loads have noted; returns the rows written.';
comment on function analytics.sum_customers(business_date date) is 'Replaces one date of the sums by customer; returns the rows written.';
comment on function analytics.sum_forecast_errors(dates date[]) is 'Replaces the sums over all stores of the errors of these days.';
comment on function analytics.sum_forecast_weeks(dates date[]) is 'Replaces the sums by week of the errors of the weeks that these days are in.';
comment on function analytics.sum_forecasts(dates date[]) is 'Replaces the sums of the forecasts that were made on these days.';
comment on function analytics.sum_month(month date) is 'Replaces one month of the sums by product, by its first day; returns the rows written.';
comment on function analytics.sum_newest_forecasts(dates date[]) is 'Finds the newest forecast again of each store and day that was forecast on these days; after sum_forecasts. Returns the rows written.';
comment on function analytics.sum_sales_day(business_date date) is 'Replaces the sums of one day of sales; those by month are behind until sum_month. Returns the rows written.';
comment on function analytics.sum_segments() is 'Makes customer_segments again from the sums by customer.';
comment on function analytics.sum_slow_movers(dates date[]) is 'Replaces the sums of these days of slow movers by store and age; returns the rows written.';
comment on function analytics.sum_sold_of_forecasts(dates date[]) is 'Fills in what was sold on these days of the products that were forecast.';
comment on function analytics.sum_stock() is 'Makes stock_by_category again from stock_cover.';
comment on function analytics.sum_stock_days(dates date[]) is 'Replaces the sums of these days of stock, stock-outs and waste by store; returns the rows written.';
comment on function analytics.visible_store_keys() is 'Keys of every version of the stores that the login may see.';
