-- Made by `npm run schema` from a freshly migrated database; a test fails when it is out of date.
-- The contents of sql/views, sql/functions, sql/jobs, sql/alerts and sql/comments, and the rights of processes (docs/rights.md), are not repeated here.

-- Schemas

create schema ref;

-- Tables

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

create table ref.cdc_map (
  map_id text not null,
  generation uuid default gen_random_uuid() not null,
  change_topic text not null,
  topic text not null,
  map text not null,
  changed_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint cdc_map_change_topic_check CHECK (change_topic ~ '^[A-Za-z0-9._-]{1,249}$'::text),
  constraint cdc_map_map_check CHECK (octet_length(map) <= 65536),
  constraint cdc_map_map_id_check CHECK (map_id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'::text),
  constraint cdc_map_pkey PRIMARY KEY (map_id),
  constraint cdc_map_topic_check CHECK (topic <> ''::text)
);

create table ref.customer_door (
  is_only boolean default true not null,
  sealed_key text not null,
  made_at timestamp with time zone default now() not null,
  constraint customer_door_is_only_check CHECK (is_only),
  constraint customer_door_pkey PRIMARY KEY (is_only)
);

create table ref.customer_key (
  lookup bytea not null,
  key bytea not null,
  made_at timestamp with time zone default now() not null,
  erased_at timestamp with time zone,
  constraint customer_key_key_check CHECK (length(key) = 16),
  constraint customer_key_lookup_check CHECK (length(lookup) = 16),
  constraint customer_key_pkey PRIMARY KEY (lookup)
);

create table ref.customer_reader (
  login text not null,
  why text not null,
  changed_by text not null,
  changed_at timestamp with time zone default clock_timestamp() not null,
  constraint customer_reader_pkey PRIMARY KEY (login)
);

create table ref.device (
  device_id text collate "C" not null,
  store_id text collate "C" not null,
  source_ids text[] not null,
  sensor text not null,
  shelf_id text collate "C",
  password_hash bytea not null,
  previous_hash bytea,
  previous_until timestamp with time zone,
  changed_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint a_previous_password_ends CHECK ((previous_hash IS NULL) = (previous_until IS NULL)),
  constraint device_device_id_check CHECK (device_id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'::text),
  constraint device_password_hash_check CHECK (octet_length(password_hash) = 32),
  constraint device_pkey PRIMARY KEY (device_id),
  constraint device_previous_hash_check CHECK (octet_length(previous_hash) = 32),
  constraint device_sensor_check CHECK (sensor = ANY (ARRAY['shelf'::text, 'door'::text, 'till'::text, 'lane'::text, 'warehouse'::text, 'gateway'::text, 'other'::text])),
  constraint device_shelf_id_check CHECK (length(shelf_id) >= 1 AND length(shelf_id) <= 64),
  constraint device_source_ids_check CHECK (cardinality(source_ids) >= 1 AND cardinality(source_ids) <= 16),
  constraint device_store_id_check CHECK (length(store_id) >= 1 AND length(store_id) <= 64)
);

create table ref.edit_reason (
  reason_code text not null,
  meaning text not null,
  constraint edit_reason_pkey PRIMARY KEY (reason_code)
);

create table ref.event_source (
  source_id text not null,
  topic text not null,
  map text,
  scheme text not null,
  signature_header text,
  notification_url text,
  tolerance_seconds integer not null,
  secret text not null,
  previous_secret text,
  previous_until timestamp with time zone,
  body_bytes_max integer not null,
  body_events_max integer not null,
  depth_max integer not null,
  events_per_second integer not null,
  is_strict boolean not null,
  changed_by text not null,
  updated_at timestamp with time zone default now() not null,
  mqtt_filter text,
  constraint a_previous_secret_ends CHECK ((previous_secret IS NULL) = (previous_until IS NULL)),
  constraint event_source_body_bytes_max_check CHECK (body_bytes_max >= 1024 AND body_bytes_max <= 33554432),
  constraint event_source_body_events_max_check CHECK (body_events_max >= 1 AND body_events_max <= 100000),
  constraint event_source_depth_max_check CHECK (depth_max >= 1 AND depth_max <= 500),
  constraint event_source_events_per_second_check CHECK (events_per_second >= 1 AND events_per_second <= 1000000),
  constraint event_source_map_check CHECK (octet_length(map) <= 65536),
  constraint event_source_mqtt_filter_check CHECK (length(mqtt_filter) >= 1 AND length(mqtt_filter) <= 200 AND mqtt_filter ~ '^([^+#]*|\+)(/([^+#]*|\+))*(/#)?$'::text),
  constraint event_source_pkey PRIMARY KEY (source_id),
  constraint event_source_scheme_check CHECK (scheme = ANY (ARRAY['standard-webhooks'::text, 'shopify'::text, 'stripe'::text, 'square'::text, 'hmac'::text])),
  constraint event_source_secret_check CHECK (length(secret) >= 16),
  constraint event_source_signature_header_check CHECK (signature_header ~ '^[a-z0-9-]{1,100}$'::text),
  constraint event_source_source_id_check CHECK (source_id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'::text),
  constraint event_source_tolerance_seconds_check CHECK (tolerance_seconds >= 1 AND tolerance_seconds <= 86400),
  constraint event_source_topic_check CHECK (topic <> ''::text),
  constraint hmac_names_its_header CHECK ((scheme = 'hmac'::text) = (signature_header IS NOT NULL)),
  constraint square_signs_its_url CHECK ((scheme = 'square'::text) = (notification_url IS NOT NULL))
);

create table ref.file_feed (
  feed_id text not null,
  place text not null,
  topic text not null,
  map text not null,
  rejects_max bigint not null,
  bytes_max bigint not null,
  changed_by text not null,
  updated_at timestamp with time zone default now() not null,
  api text,
  secret text,
  constraint file_feed_api_check CHECK (octet_length(api) <= 65536),
  constraint file_feed_bytes_max_check CHECK (bytes_max > 0),
  constraint file_feed_feed_id_check CHECK (feed_id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'::text),
  constraint file_feed_map_check CHECK (octet_length(map) <= 65536),
  constraint file_feed_pkey PRIMARY KEY (feed_id),
  constraint file_feed_place_check CHECK (length(place) >= 1 AND length(place) <= 1000),
  constraint file_feed_rejects_max_check CHECK (rejects_max >= 0),
  constraint file_feed_topic_check CHECK (topic <> ''::text)
);

create table ref.fiscal_year (
  is_only boolean default true not null,
  first_month smallint not null,
  constraint fiscal_year_first_month_check CHECK (first_month >= 1 AND first_month <= 12),
  constraint fiscal_year_is_only_check CHECK (is_only),
  constraint fiscal_year_pkey PRIMARY KEY (is_only)
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
  updated_at timestamp with time zone default now() not null,
  constraint holidays_pkey PRIMARY KEY (country, holiday_date)
);

create table ref.machine_user (
  machine_user text not null,
  person text not null,
  changed_by text not null,
  changed_at timestamp with time zone default clock_timestamp() not null,
  constraint machine_user_machine_user_check CHECK (machine_user ~ '^[^[:space:]@/]+@[^[:space:]@/]+$'::text),
  constraint machine_user_person_fkey FOREIGN KEY (person) REFERENCES ref.person(person) ON DELETE CASCADE,
  constraint machine_user_pkey PRIMARY KEY (machine_user)
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
  constraint notification_route_kinds_check CHECK (cardinality(kinds) > 0 AND kinds <@ ARRAY['alert'::text, 'approval'::text, 'summary'::text, 'review'::text]),
  constraint notification_route_minimum_severity_check CHECK (minimum_severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text])),
  constraint notification_route_pkey PRIMARY KEY (route_id),
  constraint notification_route_role_check CHECK (role <> ''::text),
  constraint notification_route_store_ids_check CHECK (cardinality(store_ids) > 0),
  constraint quiet_hours_have_two_ends CHECK ((quiet_from IS NULL) = (quiet_until IS NULL) AND quiet_from <> quiet_until)
);

create table ref.opening_hours (
  store_id text collate "C" not null,
  open_on date not null,
  opens_at time without time zone,
  closes_at time without time zone,
  note text,
  is_removed boolean not null,
  recorded_at timestamp with time zone not null,
  updated_at timestamp with time zone default now() not null,
  constraint opening_hours_pkey PRIMARY KEY (store_id, open_on),
  constraint opens_and_closes CHECK ((opens_at IS NULL) = (closes_at IS NULL))
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
  markdown_method text,
  markdown_percent_max numeric,
  markdown_approval_percent numeric,
  expiry_cost_percent numeric,
  constraint a_budget_is_of_a_place CHECK (budget_per_day IS NULL OR num_nonnulls(category, product_id) = 0),
  constraint a_cover_outlasts_the_review CHECK (review_days < maximum_cover_days),
  constraint a_product_or_a_category CHECK (product_id IS NULL OR category IS NULL),
  constraint a_restock_fills CHECK (restock_below < restock_to),
  constraint an_order_fills CHECK (reorder_point < order_up_to),
  constraint policy_budget_per_day_check CHECK (budget_per_day >= 0::numeric),
  constraint policy_expiry_cost_percent_check CHECK (expiry_cost_percent >= 0::numeric AND expiry_cost_percent <= 1000::numeric),
  constraint policy_hold_seconds_check CHECK (hold_seconds >= 1 AND hold_seconds <= 86400),
  constraint policy_holding_rate_per_year_check CHECK (holding_rate_per_year >= 0::numeric AND holding_rate_per_year <= 10::numeric),
  constraint policy_kind_check CHECK (kind = ANY (ARRAY['shelf'::text, 'warehouse'::text, 'replenishment'::text])),
  constraint policy_lead_time_days_check CHECK (lead_time_days >= 0::numeric AND lead_time_days <= 365::numeric),
  constraint policy_markdown_approval_percent_check CHECK (markdown_approval_percent >= 0::numeric AND markdown_approval_percent <= 100::numeric),
  constraint policy_markdown_method_check CHECK (markdown_method = ANY (ARRAY['planned'::text, 'fixed'::text])),
  constraint policy_markdown_percent_check CHECK (markdown_percent >= 0::numeric AND markdown_percent <= 100::numeric),
  constraint policy_markdown_percent_max_check CHECK (markdown_percent_max >= 0::numeric AND markdown_percent_max <= 95::numeric),
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
  constraint values_of_its_kind CHECK ((kind = 'shelf'::text OR num_nonnulls(restock_below, restock_to, refill_delay_seconds, hold_seconds, visit_seconds, near_expiry_days, markdown_percent, markdown_method, markdown_percent_max, markdown_approval_percent, expiry_cost_percent) = 0) AND (kind = 'warehouse'::text OR num_nonnulls(reorder_point, order_up_to, lead_time_days, pack_size) = 0) AND (kind = 'replenishment'::text OR num_nonnulls(method, service_target, service_measure, review_days, holding_rate_per_year, stock_out_cost_ratio, waste_cost_ratio, ordering_cost, budget_per_day, maximum_cover_days) = 0))
);

create table ref.product_versions (
  product_id text not null,
  valid_from timestamp with time zone not null,
  name text not null,
  category text,
  department text,
  brand text,
  package_size text,
  sub_category text,
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
  sub_category text,
  constraint products_pkey PRIMARY KEY (product_id)
);

create table ref.pseudonym_key (
  is_only boolean default true not null,
  key text not null,
  constraint pseudonym_key_is_only_check CHECK (is_only),
  constraint pseudonym_key_pkey PRIMARY KEY (is_only)
);

create table ref.sales_target (
  store_id text collate "C" not null,
  target_date date not null,
  net_amount numeric not null,
  is_removed boolean not null,
  is_synthetic boolean not null,
  recorded_at timestamp with time zone not null,
  updated_at timestamp with time zone default now() not null,
  constraint sales_target_pkey PRIMARY KEY (store_id, target_date)
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

create table ref.store_layout (
  store_id text collate "C" not null,
  shelf_id text not null,
  x numeric not null,
  y numeric not null,
  width numeric not null,
  depth numeric not null,
  level integer not null,
  aisle text,
  is_removed boolean not null,
  is_synthetic boolean not null,
  recorded_at timestamp with time zone not null,
  updated_at timestamp with time zone default now() not null,
  constraint a_shelf_has_a_depth CHECK (depth > 0::numeric),
  constraint a_shelf_has_a_width CHECK (width > 0::numeric),
  constraint store_layout_pkey PRIMARY KEY (store_id, shelf_id)
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
  city text,
  area_square_metres numeric,
  store_type text,
  latitude numeric,
  longitude numeric,
  opening_hours text,
  constraint a_latitude_is_on_earth CHECK (latitude >= '-90'::integer::numeric AND latitude <= 90::numeric),
  constraint a_longitude_is_on_earth CHECK (longitude >= '-180'::integer::numeric AND longitude <= 180::numeric),
  constraint stores_pkey PRIMARY KEY (store_id)
);

create table ref.supplier_endpoint (
  supplier_id text collate "C" not null,
  adapter text not null,
  endpoint text not null,
  told_at timestamp with time zone default clock_timestamp() not null,
  confirmed_by text,
  confirmed_at timestamp with time zone,
  constraint supplier_endpoint_pkey PRIMARY KEY (supplier_id, adapter, endpoint),
  constraint who_confirmed_is_known CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL))
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
  expedite_lead_time_days numeric,
  expedite_fee numeric,
  constraint a_lead_time_is_positive CHECK (lead_time_days > 0::numeric AND lead_time_days <= 365::numeric),
  constraint a_rushed_order_is_faster CHECK (expedite_lead_time_days > 0::numeric AND expedite_lead_time_days <= lead_time_days),
  constraint a_webhook_has_an_endpoint CHECK (adapter <> 'webhook'::text OR endpoint IS NOT NULL),
  constraint an_expedite_fee_is_no_gift CHECK (expedite_fee >= 0::numeric),
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

create table ref.supply_terms_versions (
  terms_id text collate "C" not null,
  valid_from timestamp with time zone not null,
  location_id text collate "C",
  product_id text collate "C" not null,
  supplier_id text collate "C" not null,
  unit_cost numeric not null,
  preference integer not null,
  delisted_on date,
  constraint supply_terms_versions_pkey PRIMARY KEY (terms_id, valid_from)
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

create table ref.unit_cost (
  product_id text collate "C" not null,
  location_id text collate "C" not null,
  valid_from timestamp with time zone not null,
  valid_to timestamp with time zone not null,
  supplier_id text collate "C" not null,
  unit_cost numeric not null,
  constraint a_cost_holds_for_a_time CHECK (valid_from < valid_to),
  constraint unit_cost_pkey PRIMARY KEY (product_id, location_id, valid_from)
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

-- Indexes

CREATE INDEX customer_key_erased ON ref.customer_key USING btree (erased_at) WHERE (erased_at IS NOT NULL);
CREATE INDEX sales_target_by_day ON ref.sales_target USING btree (target_date);
CREATE INDEX shelves_by_warehouse ON ref.shelves USING btree (warehouse_id, product_id);
CREATE INDEX supply_terms_of_location ON ref.supply_terms USING btree (location_id, product_id) WHERE (location_id IS NOT NULL);
CREATE INDEX supply_terms_of_product ON ref.supply_terms USING btree (product_id, location_id);
CREATE INDEX supply_terms_versions_of_product ON ref.supply_terms_versions USING btree (product_id, location_id);

-- Functions

CREATE OR REPLACE FUNCTION ref.acting_role()
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
RETURN (SELECT person.role FROM ref.person WHERE ((person.person = ref.acting_user()) AND (person.disabled_at IS NULL)))
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

CREATE OR REPLACE FUNCTION ref.fill_changed_unit_cost()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform ref.fill_unit_cost(array(select distinct product_id from changed order by product_id));
  return null;
end
$function$
;

CREATE OR REPLACE FUNCTION ref.fill_unit_cost(products text[])
 RETURNS void
 LANGUAGE sql
AS $function$
  delete from ref.unit_cost where product_id = any (products);

  with place as (
    select distinct product_id, coalesce(location_id, '*') as place_id
    from ref.supply_terms_versions where product_id = any (products)
  ),
  offer as materialized (
    select
      place_id, terms.*,
      lead(valid_from, 1, timestamptz '9999-12-31 00:00:00+00') over (partition by place_id, terms_id order by valid_from) as valid_to
    from place
    join ref.supply_terms_versions as terms using (product_id)
    where terms.location_id is null or terms.location_id = place_id
  ),
  change as (
    select product_id, place_id, valid_from as at from offer
    union
    select product_id, place_id, delisted_on::timestamp at time zone 'UTC' from offer
    where delisted_on::timestamp at time zone 'UTC' > valid_from and delisted_on::timestamp at time zone 'UTC' < valid_to
  ),
  -- As ref.supply_choices does: of one supplier the terms for the location, of several suppliers the preferred one.
  chosen as (
    select distinct on (product_id, place_id, at) product_id, place_id, at, supplier_id, unit_cost
    from change
    cross join lateral (
      select distinct on (supplier_id) supplier_id, unit_cost, preference, delisted_on
      from offer
      where offer.product_id = change.product_id and offer.place_id = change.place_id
        and offer.valid_from <= change.at and change.at < offer.valid_to
      order by supplier_id, location_id
    ) as held
    order by product_id, place_id, at, coalesce(delisted_on <= (at at time zone 'UTC')::date, false), preference, unit_cost, supplier_id
  )
  insert into ref.unit_cost (product_id, location_id, valid_from, valid_to, supplier_id, unit_cost)
  select
    product_id, place_id, at,
    lead(at, 1, timestamptz '9999-12-31 00:00:00+00') over (partition by product_id, place_id order by at),
    supplier_id, unit_cost
  from chosen
$function$
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

CREATE OR REPLACE FUNCTION ref.keep_previous_hash()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.previous_hash := case when new.previous_until is not null then old.password_hash end;
  return new;
end
$function$
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

CREATE OR REPLACE FUNCTION ref.scopes_of(person text)
 RETURNS text[]
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
RETURN ARRAY(SELECT concat_ws(' '::text, user_scope.scope, COALESCE(user_scope.store_id, user_scope.region)) AS concat_ws FROM ref.user_scope WHERE (user_scope.user_name = scopes_of.person) ORDER BY user_scope.scope, COALESCE(user_scope.store_id, user_scope.region) LIMIT 100)
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

CREATE OR REPLACE FUNCTION ref.tell_endpoint()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  insert into ref.supplier_endpoint (supplier_id, adapter, endpoint, confirmed_by, confirmed_at)
  select new.supplier_id, new.adapter, coalesce(new.endpoint, ''), own.confirmer, case when own.confirmer is not null then clock_timestamp() end
  from (
    select case when not exists (select from ref.supplier_endpoint where supplier_id = new.supplier_id) then 'shelfline' end as confirmer
  ) as own
  on conflict (supplier_id, adapter, endpoint) do nothing;
  return null;
end;
$function$
;

CREATE OR REPLACE FUNCTION ref.unit_cost_at(of_store text, of_product text, in_currency text, at timestamp with time zone)
 RETURNS numeric
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (SELECT CASE WHEN (suppliers.currency = unit_cost_at.in_currency) THEN held.unit_cost ELSE NULL::numeric END AS "case" FROM (ref.unit_cost held LEFT JOIN ref.suppliers USING (supplier_id)) WHERE ((held.product_id = unit_cost_at.of_product) AND (held.location_id = ANY (ARRAY[COALESCE((SELECT shelves.warehouse_id FROM ref.shelves WHERE ((shelves.store_id = unit_cost_at.of_store) AND (shelves.product_id = unit_cost_at.of_product))), unit_cost_at.of_store), '*'::text])) AND (held.valid_from <= unit_cost_at.at) AND (unit_cost_at.at < held.valid_to)) ORDER BY (held.location_id = '*'::text) LIMIT 1)
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

-- Triggers

CREATE TRIGGER audit_delete AFTER DELETE ON ref.approval_tier REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "approval tier", "key": ["from_value"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ref.approver REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "approver", "key": ["person", "role", "location_id"], "by": ["changed_by"], "ignore": ["updated_at"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ref.cdc_map REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "cdc map", "key": ["map_id"], "by": ["changed_by"], "ignore": ["updated_at", "generation"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ref.customer_reader REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "customer reader", "key": ["login"], "by": ["changed_by"], "ignore": ["changed_at"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ref.device REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "device", "key": ["device_id"], "by": ["changed_by"], "secret": ["password_hash", "previous_hash"], "ignore": ["updated_at"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ref.event_source REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "event source", "key": ["source_id"], "by": ["changed_by"], "secret": ["secret", "previous_secret"], "ignore": ["updated_at"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ref.file_feed REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "file feed", "key": ["feed_id"], "by": ["changed_by"], "secret": ["secret"], "ignore": ["updated_at"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ref.machine_user REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "machine user", "key": ["machine_user"], "by": ["changed_by"], "ignore": ["changed_at"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ref.notification_route REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "route", "key": ["route_id"], "by": ["changed_by"], "secret": ["secret", "address"], "ignore": ["updated_at"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ref.person REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "person", "key": ["person"], "secret": ["password_hash"], "ignore": ["created_at"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ref.policy REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "policy", "key": ["kind", "policy_id"], "by": ["changed_by"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ref.store_layout REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "floor plan", "key": ["store_id", "shelf_id"], "ignore": ["updated_at", "recorded_at"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ref.suppliers REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "supplier", "key": ["supplier_id"], "secret": ["endpoint"], "ignore": ["updated_at", "recorded_at"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ref.supply_terms REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "supply terms", "key": ["terms_id"], "ignore": ["updated_at", "recorded_at"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ref.transfer_lane REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "lane", "key": ["from_location_id", "to_location_id"], "by": ["changed_by"], "ignore": ["updated_at"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ref.user_scope REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "grant", "key": ["user_name", "scope", "store_id", "region"], "ignore": ["updated_at"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ref.approval_tier REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "approval tier", "key": ["from_value"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ref.approver REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "approver", "key": ["person", "role", "location_id"], "by": ["changed_by"], "ignore": ["updated_at"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ref.cdc_map REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "cdc map", "key": ["map_id"], "by": ["changed_by"], "ignore": ["updated_at", "generation"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ref.customer_reader REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "customer reader", "key": ["login"], "by": ["changed_by"], "ignore": ["changed_at"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ref.device REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "device", "key": ["device_id"], "by": ["changed_by"], "secret": ["password_hash", "previous_hash"], "ignore": ["updated_at"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ref.event_source REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "event source", "key": ["source_id"], "by": ["changed_by"], "secret": ["secret", "previous_secret"], "ignore": ["updated_at"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ref.file_feed REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "file feed", "key": ["feed_id"], "by": ["changed_by"], "secret": ["secret"], "ignore": ["updated_at"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ref.machine_user REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "machine user", "key": ["machine_user"], "by": ["changed_by"], "ignore": ["changed_at"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ref.notification_route REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "route", "key": ["route_id"], "by": ["changed_by"], "secret": ["secret", "address"], "ignore": ["updated_at"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ref.person REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "person", "key": ["person"], "secret": ["password_hash"], "ignore": ["created_at"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ref.policy REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "policy", "key": ["kind", "policy_id"], "by": ["changed_by"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ref.store_layout REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "floor plan", "key": ["store_id", "shelf_id"], "ignore": ["updated_at", "recorded_at"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ref.supplier_endpoint REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "supplier endpoint", "key": ["supplier_id", "adapter"], "by": ["confirmed_by"], "ignore": ["told_at", "confirmed_at"], "secret": ["endpoint"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ref.suppliers REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "supplier", "key": ["supplier_id"], "secret": ["endpoint"], "ignore": ["updated_at", "recorded_at"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ref.supply_terms REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "supply terms", "key": ["terms_id"], "ignore": ["updated_at", "recorded_at"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ref.transfer_lane REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "lane", "key": ["from_location_id", "to_location_id"], "by": ["changed_by"], "ignore": ["updated_at"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ref.user_scope REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "grant", "key": ["user_name", "scope", "store_id", "region"], "ignore": ["updated_at"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ref.approval_tier REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "approval tier", "key": ["from_value"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ref.approver REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "approver", "key": ["person", "role", "location_id"], "by": ["changed_by"], "ignore": ["updated_at"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ref.cdc_map REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "cdc map", "key": ["map_id"], "by": ["changed_by"], "ignore": ["updated_at", "generation"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ref.customer_reader REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "customer reader", "key": ["login"], "by": ["changed_by"], "ignore": ["changed_at"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ref.device REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "device", "key": ["device_id"], "by": ["changed_by"], "secret": ["password_hash", "previous_hash"], "ignore": ["updated_at"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ref.event_source REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "event source", "key": ["source_id"], "by": ["changed_by"], "secret": ["secret", "previous_secret"], "ignore": ["updated_at"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ref.file_feed REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "file feed", "key": ["feed_id"], "by": ["changed_by"], "secret": ["secret"], "ignore": ["updated_at"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ref.notification_route REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "route", "key": ["route_id"], "by": ["changed_by"], "secret": ["secret", "address"], "ignore": ["updated_at"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ref.person REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "person", "key": ["person"], "secret": ["password_hash"], "ignore": ["created_at"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ref.policy REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "policy", "key": ["kind", "policy_id"], "by": ["changed_by"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ref.store_layout REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "floor plan", "key": ["store_id", "shelf_id"], "ignore": ["updated_at", "recorded_at"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ref.supplier_endpoint REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "supplier endpoint", "key": ["supplier_id", "adapter"], "by": ["confirmed_by"], "ignore": ["told_at", "confirmed_at"], "secret": ["endpoint"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ref.suppliers REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "supplier", "key": ["supplier_id"], "secret": ["endpoint"], "ignore": ["updated_at", "recorded_at"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ref.supply_terms REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "supply terms", "key": ["terms_id"], "ignore": ["updated_at", "recorded_at"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ref.transfer_lane REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "lane", "key": ["from_location_id", "to_location_id"], "by": ["changed_by"], "ignore": ["updated_at"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ref.user_scope REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "grant", "key": ["user_name", "scope", "store_id", "region"], "ignore": ["updated_at"]}');
CREATE TRIGGER keep_previous_hash BEFORE UPDATE OF password_hash ON ref.device FOR EACH ROW EXECUTE FUNCTION ref.keep_previous_hash();
CREATE TRIGGER tell_endpoint AFTER INSERT OR UPDATE OF adapter, endpoint ON ref.suppliers FOR EACH ROW EXECUTE FUNCTION ref.tell_endpoint();
CREATE TRIGGER terms_added AFTER INSERT ON ref.supply_terms_versions REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ref.fill_changed_unit_cost();
CREATE TRIGGER terms_changed AFTER UPDATE ON ref.supply_terms_versions REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ref.fill_changed_unit_cost();

-- Views

create view ref.location_product as
 SELECT location_id,
    product_id,
    bool_or(is_warehouse) AS is_warehouse
   FROM ( SELECT shelves.warehouse_id AS location_id,
            shelves.product_id,
            true AS is_warehouse
           FROM ref.shelves
        UNION ALL
         SELECT terms.location_id,
            terms.product_id,
            true
           FROM ref.supply_terms terms
          WHERE (EXISTS ( SELECT
                   FROM ref.shelves
                  WHERE shelves.warehouse_id = terms.location_id))
        UNION ALL
         SELECT stock.store_id,
            stock.product_id,
            false
           FROM state.stock
          WHERE NOT (EXISTS ( SELECT
                   FROM ref.shelves
                  WHERE shelves.store_id = stock.store_id AND shelves.product_id = stock.product_id))
        UNION ALL
         SELECT terms.location_id,
            terms.product_id,
            false
           FROM ref.supply_terms terms
          WHERE (EXISTS ( SELECT
                   FROM ref.stores
                  WHERE stores.store_id = terms.location_id)) AND NOT (EXISTS ( SELECT
                   FROM ref.shelves
                  WHERE shelves.store_id = terms.location_id AND shelves.product_id = terms.product_id))) place
  GROUP BY location_id, product_id;

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
    60 AS maximum_cover_days,
    'planned'::text AS markdown_method,
    70.0 AS markdown_percent_max,
    50.0 AS markdown_approval_percent,
    100.0 AS expiry_cost_percent;

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
    maximum_cover_days,
    markdown_method,
    markdown_percent_max,
    markdown_approval_percent,
    expiry_cost_percent
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
            policy.maximum_cover_days,
            policy.markdown_method,
            policy.markdown_percent_max,
            policy.markdown_approval_percent,
            policy.expiry_cost_percent
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
            policy_now.maximum_cover_days,
            policy_now.markdown_method,
            policy_now.markdown_percent_max,
            policy_now.markdown_approval_percent,
            policy_now.expiry_cost_percent
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
    COALESCE(exact.markdown_percent, product.markdown_percent, store_category.markdown_percent, category.markdown_percent, store.markdown_percent, everything.markdown_percent, policy_default.markdown_percent) AS markdown_percent,
    COALESCE(exact.markdown_method, product.markdown_method, store_category.markdown_method, category.markdown_method, store.markdown_method, everything.markdown_method, policy_default.markdown_method) AS markdown_method,
    COALESCE(exact.markdown_percent_max, product.markdown_percent_max, store_category.markdown_percent_max, category.markdown_percent_max, store.markdown_percent_max, everything.markdown_percent_max, policy_default.markdown_percent_max) AS markdown_percent_max,
    COALESCE(exact.markdown_approval_percent, product.markdown_approval_percent, store_category.markdown_approval_percent, category.markdown_approval_percent, store.markdown_approval_percent, everything.markdown_approval_percent, policy_default.markdown_approval_percent) AS markdown_approval_percent,
    COALESCE(exact.expiry_cost_percent, product.expiry_cost_percent, store_category.expiry_cost_percent, category.expiry_cost_percent, store.expiry_cost_percent, everything.expiry_cost_percent, policy_default.expiry_cost_percent) AS expiry_cost_percent
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

-- Row-level security

alter table ref.approver enable row level security;

create policy application on ref.approver to shelfline_app
  using (true)
  with check (true);

create policy by_administrators on ref.approver to shelfline_web
  using ((( SELECT ref.acting_role() AS acting_role) = 'administrator'::text))
  with check (((( SELECT ref.acting_role() AS acting_role) = 'administrator'::text) AND (changed_by = ( SELECT ref.acting_user() AS acting_user))));

create policy read_by_all on ref.approver for select to shelfline_web
  using (true);

alter table ref.cdc_map enable row level security;

create policy application on ref.cdc_map to shelfline_app
  using (true)
  with check (true);

create policy by_engineers on ref.cdc_map to shelfline_web
  using ((( SELECT ref.acting_role() AS acting_role) = ANY (ARRAY['data_engineer'::text, 'administrator'::text])));

create policy changed_under_their_name on ref.cdc_map as restrictive for update to shelfline_web
  using (true)
  with check ((changed_by = ( SELECT ref.acting_user() AS acting_user)));

alter table ref.device enable row level security;

create policy application on ref.device to shelfline_app
  using (true)
  with check (true);

create policy by_engineers on ref.device to shelfline_web
  using ((( SELECT ref.acting_role() AS acting_role) = ANY (ARRAY['data_engineer'::text, 'administrator'::text])));

create policy changed_under_their_name on ref.device as restrictive for update to shelfline_web
  using (true)
  with check ((changed_by = ( SELECT ref.acting_user() AS acting_user)));

alter table ref.event_source enable row level security;

create policy application on ref.event_source to shelfline_app
  using (true)
  with check (true);

create policy by_engineers on ref.event_source to shelfline_web
  using ((( SELECT ref.acting_role() AS acting_role) = ANY (ARRAY['data_engineer'::text, 'administrator'::text])));

alter table ref.fiscal_year enable row level security;

create policy anybody_with_a_scope on ref.fiscal_year for select to bi_reader
  using (( SELECT ref.has_scope() AS has_scope));

create policy application on ref.fiscal_year to shelfline_app
  using (true)
  with check (true);

alter table ref.holidays enable row level security;

create policy anybody_with_a_scope on ref.holidays for select to bi_reader
  using (( SELECT ref.has_scope() AS has_scope));

create policy application on ref.holidays to shelfline_app
  using (true)
  with check (true);

create policy read_by_all on ref.holidays for select to shelfline_web
  using (true);

alter table ref.notification_route enable row level security;

create policy application on ref.notification_route to shelfline_app
  using (true)
  with check (true);

create policy by_administrators on ref.notification_route to shelfline_web
  using ((( SELECT ref.acting_role() AS acting_role) = 'administrator'::text));

create policy changed_under_their_name on ref.notification_route as restrictive for update to shelfline_web
  using (true)
  with check ((changed_by = ( SELECT ref.acting_user() AS acting_user)));

create policy under_their_name on ref.notification_route as restrictive for insert to shelfline_web
  with check ((changed_by = ( SELECT ref.acting_user() AS acting_user)));

alter table ref.opening_hours enable row level security;

create policy application on ref.opening_hours to shelfline_app
  using (true)
  with check (true);

create policy own_stores on ref.opening_hours for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table ref.person enable row level security;

create policy application on ref.person to shelfline_app
  using (true)
  with check (true);

create policy by_administrators on ref.person for insert to shelfline_web
  with check (((( SELECT ref.acting_role() AS acting_role) = 'administrator'::text) AND (created_by = ( SELECT ref.acting_user() AS acting_user))));

create policy changed_by_administrators on ref.person for update to shelfline_web
  using ((( SELECT ref.acting_role() AS acting_role) = 'administrator'::text))
  with check ((( SELECT ref.acting_role() AS acting_role) = 'administrator'::text));

create policy own_password on ref.person for update to shelfline_web
  using ((person = ( SELECT ref.acting_user() AS acting_user)))
  with check (((person = ( SELECT ref.acting_user() AS acting_user)) AND (role = ( SELECT ref.acting_role() AS acting_role)) AND (disabled_at IS NULL)));

create policy to_sign_in on ref.person for select to shelfline_web
  using (true);

alter table ref.policy enable row level security;

create policy application on ref.policy to shelfline_app
  using (true)
  with check (true);

create policy read_by_all on ref.policy for select to shelfline_web
  using (true);

create policy tried_under_their_name on ref.policy for insert to shelfline_web
  with check (((( SELECT ref.acting_role() AS acting_role) = ANY (ARRAY['planner'::text, 'administrator'::text])) AND (changed_by = ( SELECT ref.acting_user() AS acting_user))));

alter table ref.sales_target enable row level security;

create policy application on ref.sales_target to shelfline_app
  using (true)
  with check (true);

create policy own_stores on ref.sales_target for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table ref.shelves enable row level security;

create policy application on ref.shelves to shelfline_app
  using (true)
  with check (true);

create policy own_stores on ref.shelves for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table ref.store_layout enable row level security;

create policy application on ref.store_layout to shelfline_app
  using (true)
  with check (true);

create policy own_stores on ref.store_layout for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table ref.supplier_endpoint enable row level security;

create policy application on ref.supplier_endpoint to shelfline_app
  using (true)
  with check (true);

create policy confirmed_by_themselves on ref.supplier_endpoint for update to shelfline_web
  using (((confirmed_by IS NULL) AND (( SELECT ref.acting_role() AS acting_role) = ANY (ARRAY['buyer'::text, 'planner'::text, 'administrator'::text]))))
  with check ((confirmed_by = ( SELECT ref.acting_user() AS acting_user)));

create policy read_by_all on ref.supplier_endpoint for select to shelfline_web
  using (true);

alter table ref.user_scope enable row level security;

create policy application on ref.user_scope to shelfline_app
  using (true)
  with check (true);

create policy by_administrators on ref.user_scope to shelfline_web
  using ((( SELECT ref.acting_role() AS acting_role) = 'administrator'::text))
  with check ((( SELECT ref.acting_role() AS acting_role) = 'administrator'::text));

create policy everything on ref.user_scope for select to bi_reader
  using (( SELECT ref.sees_everything() AS sees_everything));

create policy own_rows on ref.user_scope for select to bi_reader
  using ((user_name = ref.acting_user()));

-- Grants

grant execute on function ref.acting_role() to shelfline_app;
grant execute on function ref.acting_role() to shelfline_web;
grant execute on function ref.acting_user() to public;
grant execute on function ref.acting_user() to shelfline_app;
grant execute on function ref.after_quiet_hours(at timestamp with time zone, quiet_from time without time zone, quiet_until time without time zone, zone text) to public;
grant execute on function ref.after_quiet_hours(at timestamp with time zone, quiet_from time without time zone, quiet_until time without time zone, zone text) to shelfline_app;
grant execute on function ref.easter(year integer) to public;
grant execute on function ref.easter(year integer) to shelfline_app;
grant execute on function ref.fill_changed_unit_cost() to public;
grant execute on function ref.fill_changed_unit_cost() to shelfline_app;
grant execute on function ref.fill_unit_cost(products text[]) to public;
grant execute on function ref.fill_unit_cost(products text[]) to shelfline_app;
grant execute on function ref.first_instant_of(local timestamp without time zone, zone text) to public;
grant execute on function ref.first_instant_of(local timestamp without time zone, zone text) to shelfline_app;
grant execute on function ref.has_scope() to bi_reader;
grant execute on function ref.has_scope() to shelfline_app;
grant execute on function ref.keep_previous_hash() to public;
grant execute on function ref.keep_previous_hash() to shelfline_app;
grant execute on function ref.next_time_of_day(at timestamp with time zone, time_of_day time without time zone, zone text) to public;
grant execute on function ref.next_time_of_day(at timestamp with time zone, time_of_day time without time zone, zone text) to shelfline_app;
grant execute on function ref.nth_weekday(year integer, month integer, weekday integer, n integer) to public;
grant execute on function ref.nth_weekday(year integer, month integer, weekday integer, n integer) to shelfline_app;
grant execute on function ref.scopes_of(person text) to shelfline_app;
grant execute on function ref.scopes_of(person text) to shelfline_web;
grant execute on function ref.sees_everything() to bi_reader;
grant execute on function ref.sees_everything() to shelfline_app;
grant execute on function ref.supply_choices(location text, ordered_on date) to public;
grant execute on function ref.supply_choices(location text, ordered_on date) to shelfline_app;
grant execute on function ref.unit_cost_at(of_store text, of_product text, in_currency text, at timestamp with time zone) to public;
grant execute on function ref.unit_cost_at(of_store text, of_product text, in_currency text, at timestamp with time zone) to shelfline_app;
grant execute on function ref.visible_store_ids() to bi_reader;
grant execute on function ref.visible_store_ids() to shelfline_app;
grant usage on schema ref to shelfline_app;
grant usage on schema ref to shelfline_web;
grant delete, insert, select, truncate, update on table ref.alert_audience to shelfline_app;
grant select on table ref.alert_audience to shelfline_web;
grant delete, insert, select, truncate, update on table ref.approval_tier to shelfline_app;
grant select on table ref.approval_tier to shelfline_web;
grant delete, insert, select, truncate, update on table ref.approver to shelfline_app;
grant delete, insert, select, update on table ref.approver to shelfline_web;
grant delete, insert, select, truncate, update on table ref.cdc_map to shelfline_app;
grant select on table ref.cdc_map to shelfline_web;
grant update (generation, changed_by, updated_at) on table ref.cdc_map to shelfline_web;
grant delete, insert, select, truncate, update on table ref.customer_door to shelfline_app;
grant delete, insert, select, truncate, update on table ref.customer_key to shelfline_app;
grant delete, insert, select, truncate, update on table ref.customer_reader to shelfline_app;
grant delete, insert, select, truncate, update on table ref.device to shelfline_app;
grant delete on table ref.device to shelfline_web;
grant select (device_id, store_id, source_ids, sensor, shelf_id) on table ref.device to shelfline_web;
grant update (password_hash) on table ref.device to shelfline_web;
grant select (previous_until, changed_by, updated_at), update (previous_until, changed_by, updated_at) on table ref.device to shelfline_web;
grant delete, insert, select, truncate, update on table ref.edit_reason to shelfline_app;
grant select on table ref.edit_reason to shelfline_web;
grant delete, insert, select, truncate, update on table ref.event_source to shelfline_app;
grant select (source_id, topic, map, scheme, signature_header, notification_url, tolerance_seconds, previous_until, body_bytes_max, body_events_max, depth_max, events_per_second, is_strict, changed_by, updated_at, mqtt_filter) on table ref.event_source to shelfline_web;
grant delete, insert, select, truncate, update on table ref.file_feed to shelfline_app;
grant select on table ref.fiscal_year to bi_reader;
grant delete, insert, select, truncate, update on table ref.fiscal_year to shelfline_app;
grant delete, insert, select, truncate, update on table ref.goods_in to shelfline_app;
grant select on table ref.holidays to bi_reader;
grant delete, insert, select, truncate, update on table ref.holidays to shelfline_app;
grant select on table ref.holidays to shelfline_web;
grant delete, insert, select, truncate, update on table ref.location_product to shelfline_app;
grant select on table ref.location_product to shelfline_web;
grant delete, insert, select, truncate, update on table ref.machine_user to shelfline_app;
grant delete, insert, select, truncate, update on table ref.notification_route to shelfline_app;
grant delete, insert, select, update on table ref.notification_route to shelfline_web;
grant select on table ref.opening_hours to bi_reader;
grant delete, insert, select, truncate, update on table ref.opening_hours to shelfline_app;
grant delete, insert, select, truncate, update on table ref.person to shelfline_app;
grant select on table ref.person to shelfline_web;
grant update (disabled_at) on table ref.person to shelfline_web;
grant insert (person, created_by) on table ref.person to shelfline_web;
grant insert (role, password_hash), update (role, password_hash) on table ref.person to shelfline_web;
grant delete, insert, select, truncate, update on table ref.policy to shelfline_app;
grant insert, select on table ref.policy to shelfline_web;
grant select on table ref.policy_default to bi_reader;
grant delete, insert, select, truncate, update on table ref.policy_default to shelfline_app;
grant select on table ref.policy_default to shelfline_web;
grant delete, insert, select, truncate, update on table ref.policy_now to shelfline_app;
grant select on table ref.policy_now to shelfline_web;
grant delete, insert, select, truncate, update on table ref.product_versions to shelfline_app;
grant delete, insert, select, truncate, update on table ref.products to shelfline_app;
grant select on table ref.products to shelfline_web;
grant delete, insert, select, truncate, update on table ref.pseudonym_key to shelfline_app;
grant delete, insert, select, truncate, update on table ref.replenishment_policy to shelfline_app;
grant select on table ref.replenishment_policy to shelfline_web;
grant select on table ref.sales_target to bi_reader;
grant delete, insert, select, truncate, update on table ref.sales_target to shelfline_app;
grant delete, insert, select, truncate, update on table ref.shelf_policy to shelfline_app;
grant select on table ref.shelf_policy to shelfline_web;
grant select on table ref.shelves to bi_reader;
grant delete, insert, select, truncate, update on table ref.shelves to shelfline_app;
grant delete, insert, select, truncate, update on table ref.store_layout to shelfline_app;
grant select on table ref.store_layout to shelfline_web;
grant delete, insert, select, truncate, update on table ref.stores to shelfline_app;
grant select on table ref.stores to shelfline_web;
grant delete, insert, select, truncate, update on table ref.supplier_endpoint to shelfline_app;
grant select on table ref.supplier_endpoint to shelfline_web;
grant update (confirmed_by, confirmed_at) on table ref.supplier_endpoint to shelfline_web;
grant delete, insert, select, truncate, update on table ref.suppliers to shelfline_app;
grant select on table ref.suppliers to shelfline_web;
grant delete, insert, select, truncate, update on table ref.supply_terms to shelfline_app;
grant select on table ref.supply_terms to shelfline_web;
grant delete, insert, select, truncate, update on table ref.supply_terms_versions to shelfline_app;
grant delete, insert, select, truncate, update on table ref.transfer_lane to shelfline_app;
grant delete, insert, select, truncate, update on table ref.unit_cost to shelfline_app;
grant select on table ref.user_scope to bi_reader;
grant delete, insert, select, truncate, update on table ref.user_scope to shelfline_app;
grant delete, insert on table ref.user_scope to shelfline_web;
grant delete, insert, select, truncate, update on table ref.warehouse_policy to shelfline_app;
grant select on table ref.warehouse_policy to shelfline_web;

-- Default privileges

alter default privileges for role shelfline_migrate in schema ref grant execute on functions to shelfline_app;
alter default privileges for role shelfline_migrate in schema ref grant select, usage on sequences to shelfline_app;
alter default privileges for role shelfline_migrate in schema ref grant delete, insert, select, truncate, update on tables to shelfline_app;

-- Comments

comment on schema ref is 'Master data: stores, products, suppliers, calendar, policies, who may see what.';
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
comment on table ref.cdc_map is 'Tables of other databases whose changes become events.';
comment on column ref.cdc_map.map_id is 'Its name.';
comment on column ref.cdc_map.generation is 'Part of the name of its group in Kafka: a map that is removed and added again starts anew.';
comment on column ref.cdc_map.change_topic is 'The topic that Debezium writes the changes of the table to.';
comment on column ref.cdc_map.topic is 'The topic of its events.';
comment on column ref.cdc_map.map is 'YAML that maps the columns of the table to the fields of the contract.';
comment on column ref.cdc_map.changed_by is 'Who changed it last.';
comment on column ref.cdc_map.updated_at is 'When it was changed last.';
comment on table ref.customer_door is 'The key by which a customer''s id finds the customer''s own key: one row, encrypted with SHELFLINE_SECRET_KEYS where it is set.';
comment on column ref.customer_door.sealed_key is 'The key; another one would make everyone a new customer.';
comment on table ref.customer_key is 'A random key for each customer, from which their pseudonym is computed. Erasing the customer destroys it.';
comment on column ref.customer_key.lookup is 'The customer''s id, hashed with the key of ref.customer_door.';
comment on column ref.customer_key.erased_at is 'When the customer was erased: the key is another one since then, which gives their events in Kafka a name for one day only. Deleted when Kafka no longer has such events.';
comment on table ref.customer_reader is 'Logins that see the pseudonym that Shelfline itself uses in bi.fact_sales; others see one that is of reports only.';
comment on column ref.customer_reader.changed_by is 'Who has allowed it.';
comment on table ref.device is 'Devices that may send by MQTT, and for which sources.';
comment on column ref.device.device_id is 'Its user name.';
comment on column ref.device.store_id is 'The store or warehouse where it is: it sends no events of another one.';
comment on column ref.device.source_ids is 'The sources that it may send for; where a topic belongs to several, the first applies.';
comment on column ref.device.sensor is 'What it measures.';
comment on column ref.device.shelf_id is 'The shelf that it measures.';
comment on column ref.device.password_hash is 'SHA-256 of its password, which has 256 random bits.';
comment on column ref.device.previous_hash is 'That of the password before, which is valid, too, until previous_until.';
comment on column ref.device.previous_until is 'When the previous password ends.';
comment on column ref.device.changed_by is 'Who changed it last.';
comment on column ref.device.updated_at is 'When it was changed last.';
comment on table ref.edit_reason is 'Why people order something else than what was proposed: an edit names one of these.';
comment on table ref.event_source is 'Who may post events to the receiver, how they sign, and which events their bodies become.';
comment on column ref.event_source.source_id is 'Its name, the last part of the URL that is posted to.';
comment on column ref.event_source.topic is 'The topic of its events.';
comment on column ref.event_source.map is 'YAML that maps its fields to those of the contract, as `shelfline import` reads it; null: it sends events of the contract.';
comment on column ref.event_source.scheme is 'How its requests are signed.';
comment on column ref.event_source.signature_header is 'For hmac: the header with the signature.';
comment on column ref.event_source.notification_url is 'For square: the URL that is part of what is signed.';
comment on column ref.event_source.tolerance_seconds is 'How far the time stamp of a signature may be away from the clock.';
comment on column ref.event_source.secret is 'What it signs with.';
comment on column ref.event_source.previous_secret is 'Is valid, too, until previous_until: the sender changes to the new one in this time.';
comment on column ref.event_source.previous_until is 'When the previous secret ends.';
comment on column ref.event_source.body_bytes_max is 'Bytes of a body at most, after unpacking.';
comment on column ref.event_source.body_events_max is 'Events of a body at most.';
comment on column ref.event_source.depth_max is 'Objects and arrays inside each other at most.';
comment on column ref.event_source.events_per_second is 'Events a second that one receiver takes from it, on average; twice as many at once.';
comment on column ref.event_source.is_strict is 'A body with a rejected event is rejected as a whole; else the others are accepted.';
comment on column ref.event_source.changed_by is 'Who changed it last.';
comment on column ref.event_source.updated_at is 'When it was changed last.';
comment on column ref.event_source.mqtt_filter is 'MQTT topics whose messages are its events, beside `ingest/v1/SOURCE`, such as `stores/+/scales/#`; null: no others.';
comment on table ref.file_feed is 'Folders and prefixes of buckets whose files become events.';
comment on column ref.file_feed.feed_id is 'Its name.';
comment on column ref.file_feed.place is 'A folder, s3://bucket/prefix/ in the object store, or the address of an API.';
comment on column ref.file_feed.topic is 'The topic of its events.';
comment on column ref.file_feed.map is 'YAML that maps the columns of its files to the fields of the contract, as `shelfline import` reads it.';
comment on column ref.file_feed.rejects_max is 'A file with more rejected rows is set aside as a whole.';
comment on column ref.file_feed.bytes_max is 'A larger file is set aside.';
comment on column ref.file_feed.changed_by is 'Who changed it last.';
comment on column ref.file_feed.updated_at is 'When it was changed last.';
comment on column ref.file_feed.api is 'YAML that defines how an API is asked (docs/api-feeds.md); null: its place is no API.';
comment on column ref.file_feed.secret is 'What we sign in with at the API, sealed; null: nothing.';
comment on table ref.fiscal_year is 'In which month the fiscal year begins: one row. A year is named by the calendar year in which it ends.';
comment on table ref.goods_in is 'Where goods that come in are told of by the location''s own system, and where the supplier''s delivery is all that tells. A location without a row: by the receipt, but for simulated suppliers, whose warehouses tell themselves.';
comment on column ref.goods_in.told_by is 'location: it sends warehouse_events or inventory_updates itself; receipt: Shelfline does when a delivery is told.';
comment on table ref.holidays is 'Public holidays of the countries of stores, as their law sets them. A country without rows has none that we know.';
comment on column ref.holidays.country is 'As ref.stores has it.';
comment on column ref.holidays.holiday_date is 'The day of the feast itself; a substitute day off is a row of its own where the law has one.';
comment on column ref.holidays.name is 'English name.';
comment on view ref.location_product is 'Where each product can be ordered to: the warehouses that refill its shelves, and the stores in which no warehouse does. One row per location and product.';
comment on column ref.location_product.is_warehouse is 'Whether the location is a warehouse of the product, which takes precedence; else it is a store.';
comment on table ref.machine_user is 'Users of machines and the people that they are; others act under their own name, and approve nothing.';
comment on column ref.machine_user.machine_user is 'Such as `ann@desk`: the user, and the name of the machine.';
comment on table ref.notification_route is 'Who hears of what, by which channel, and when.';
comment on column ref.notification_route.route_id is 'Its name.';
comment on column ref.notification_route.channel is 'email, teams, slack, or webhook: a POST signed by Standard Webhooks.';
comment on column ref.notification_route.address is 'E-mail address, or the URL that is posted to. A Teams or Slack URL lets whoever knows it post: it is never shown whole.';
comment on column ref.notification_route.secret is 'What a webhook is signed with.';
comment on column ref.notification_route.role is 'What the receiver is there for: ref.alert_audience says which alerts concern a role, ref.approval_tier which orders it approves.';
comment on column ref.notification_route.store_ids is 'Only of these stores and warehouses; null: of all.';
comment on column ref.notification_route.kinds is 'alert, approval (purchase orders that wait for one), summary (each morning, the day before in the store) and review (on Mondays, the week before).';
comment on column ref.notification_route.minimum_severity is 'Alerts below it are not told.';
comment on column ref.notification_route.immediate_from is 'Alerts from it on are told at once, those below it in the digest.';
comment on column ref.notification_route.quiet_from is 'From this time of day until quiet_until only what is critical is told.';
comment on column ref.notification_route.digest_at is 'The time of day of digest, summary and review.';
comment on column ref.notification_route.time_zone is 'IANA zone of these times of day.';
comment on table ref.opening_hours is 'When a store is open on a day, where it is known; the newest record applies.';
comment on column ref.opening_hours.open_on is 'The store''s day.';
comment on column ref.opening_hours.opens_at is 'By the clock of the store; null: it is closed all day.';
comment on column ref.opening_hours.closes_at is 'By the clock of the store; one that is not after opens_at is on the next day.';
comment on column ref.opening_hours.note is 'Why the day is unusual.';
comment on column ref.opening_hours.is_removed is 'The hours of the day are no longer known.';
comment on column ref.opening_hours.recorded_at is 'When the record applies from; a newer one replaces it.';
comment on column ref.opening_hours.updated_at is 'When the row was last written.';
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
comment on column ref.policy.markdown_percent is 'By how many per cent a lot near its expiry is marked down where the percentage is fixed, or no plan was made.';
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
comment on column ref.policy.markdown_method is 'planned: by what is expected to earn most; fixed: always by markdown_percent.';
comment on column ref.policy.markdown_percent_max is 'No planned markdown is deeper.';
comment on column ref.policy.markdown_approval_percent is 'A planned markdown that is deeper needs the approval of a person.';
comment on column ref.policy.expiry_cost_percent is 'What an expired unit costs beside the goods themselves, in per cent of what it cost: its removal, and what less waste is worth.';
comment on view ref.policy_default is 'The values that hold where no policy says anything. A reorder point that nobody gives is made from the shelves that the warehouse fills; a budget that nobody gives is no bound.';
comment on view ref.policy_now is 'The policies that hold: the newest version of each; of two for one scope the newer.';
comment on table ref.product_versions is 'Every version of a product that differed from the one before; dim_product is made from it.';
comment on table ref.products is 'Products; the newest record of product_catalog.';
comment on table ref.pseudonym_key is 'What makes pseudonyms of customers: one row, which no reader sees. With another key every customer is another.';
comment on view ref.replenishment_policy is 'What holds for each product of each location when orders are planned.';
comment on table ref.sales_target is 'The revenue that a store is to reach on a day; the newest record of sales_targets.';
comment on column ref.sales_target.is_removed is 'The day no longer has a target.';
comment on column ref.sales_target.recorded_at is 'When the record applies from; a newer one replaces it.';
comment on view ref.shelf_policy is 'What holds for each shelf.';
comment on table ref.shelves is 'The home shelf of each product in each store; the newest record of shelf_profiles.';
comment on column ref.shelves.capacity is 'Units that the shelf holds.';
comment on column ref.shelves.unit_weight is 'Kilograms of one unit; null where nothing weighs.';
comment on column ref.shelves.warehouse_id is 'The warehouse that refills it.';
comment on column ref.shelves.recorded_at is 'When the record holds from; a newer one replaces it.';
comment on table ref.store_layout is 'Where each shelf is on the floor of its store; the newest record of store_layouts.';
comment on column ref.store_layout.x is 'Its left edge, in metres from the left wall.';
comment on column ref.store_layout.y is 'Its back edge, in metres from the back wall.';
comment on column ref.store_layout.width is 'From left to right, in metres.';
comment on column ref.store_layout.depth is 'From back to front, in metres.';
comment on column ref.store_layout.level is 'Where it is in its rack, 1 is the lowest.';
comment on column ref.store_layout.aisle is 'What people call its aisle.';
comment on column ref.store_layout.is_synthetic is 'Generated by a simulation.';
comment on column ref.store_layout.recorded_at is 'When the record applies from; a newer one replaces it.';
comment on table ref.stores is 'Stores; the newest record of store_catalog.';
comment on table ref.supplier_endpoint is 'Every place that orders to a supplier were to be sent to. The first of a supplier is confirmed by itself, others by a person.';
comment on column ref.supplier_endpoint.endpoint is 'As in ref.suppliers; empty: it has none.';
comment on column ref.supplier_endpoint.confirmed_at is 'Null: nothing is sent there yet.';
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
comment on column ref.suppliers.expedite_lead_time_days is 'From the request to rush an order until the delivery; null: it can not be rushed.';
comment on column ref.suppliers.expedite_fee is 'What rushing an order costs, in the currency of the supplier; null: nothing.';
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
comment on table ref.supply_terms_versions is 'Every version of the terms of suppliers that changed what a unit costs or which supplier is preferred.';
comment on column ref.supply_terms_versions.valid_from is 'When the record applies from.';
comment on column ref.supply_terms_versions.location_id is 'The warehouse or store that they are for; null: all.';
comment on table ref.transfer_lane is 'Between which locations goods may be moved, and at what cost. Of several lanes between two locations the most specific counts; without a lane nothing is proposed.';
comment on column ref.transfer_lane.from_location_id is 'The warehouse, or store that no warehouse refills, that gives; null: any.';
comment on column ref.transfer_lane.to_location_id is 'The one that takes; null: any.';
comment on column ref.transfer_lane.cost_per_transfer is 'Money for each product moved, however many units.';
comment on column ref.transfer_lane.cost_per_unit is 'Money for each unit moved.';
comment on column ref.transfer_lane.lead_time_days is 'Days until moved goods can be sold.';
comment on column ref.transfer_lane.changed_by is 'Who said so.';
comment on table ref.unit_cost is 'What a unit costs by the terms of the preferred supplier, with its history: for each location with terms of its own, and * for all others. Made from ref.supply_terms_versions.';
comment on column ref.unit_cost.location_id is 'A warehouse or store with terms of its own, which are then compared with the terms for all; *: every other.';
comment on column ref.unit_cost.valid_from is 'It holds from this instant on.';
comment on column ref.unit_cost.valid_to is 'It holds until before this instant; 9999-12-31 for the current one.';
comment on column ref.unit_cost.supplier_id is 'The supplier whose terms these are.';
comment on column ref.unit_cost.unit_cost is 'Price of a unit, in the currency of the supplier.';
comment on table ref.user_scope is 'Which stores a login may see; several rows add up.';
comment on column ref.user_scope.user_name is 'The PostgreSQL login.';
comment on column ref.user_scope.scope is 'store: one store; region: every store whose newest region it is; all: everything.';
comment on column ref.user_scope.store_id is 'The store, for scope store.';
comment on column ref.user_scope.region is 'The region, for scope region.';
comment on column ref.user_scope.granted_at is 'When it was granted.';
comment on view ref.warehouse_policy is 'What holds for each product of each warehouse that fills shelves; a reorder point that nobody gave is null.';
comment on column ref.warehouse_policy.shelf_capacity is 'Units that the shelves which it fills hold together.';
comment on function ref.acting_role() is 'The role of the person that the web application speaks for; null: nobody, or somebody who may not sign in.';
comment on function ref.acting_user() is 'For whom rows are read: the login, and for the web application the person that it speaks for; null: nobody.';
comment on function ref.after_quiet_hours(at timestamp with time zone, quiet_from time without time zone, quiet_until time without time zone, zone text) is 'The instant itself, or the end of the quiet hours that it lies in.';
comment on function ref.easter(year integer) is 'Easter Sunday of a year.';
comment on function ref.fill_changed_unit_cost() is 'Makes the costs of the products again whose terms have changed.';
comment on function ref.fill_unit_cost(products text[]) is 'Makes the costs of these products again from the versions of their terms.';
comment on function ref.first_instant_of(local timestamp without time zone, zone text) is 'The first instant at which a clock in the zone shows this time; of a time that it leaves out, as much later as it is put forward.';
comment on function ref.has_scope() is 'Whether the login may see anything at all.';
comment on function ref.keep_previous_hash() is 'Keeps the hash of the password before, where the change lets it be valid for some time.';
comment on function ref.next_time_of_day(at timestamp with time zone, time_of_day time without time zone, zone text) is 'The next instant after `at` at which a clock in the zone shows this time of day for the first time.';
comment on function ref.nth_weekday(year integer, month integer, weekday integer, n integer) is 'The n-th weekday (1 is Monday) of a month; n = -1 is the last.';
comment on function ref.scopes_of(person text) is 'What a person sees, as texts such as `store 367`: at most 100.';
comment on function ref.sees_everything() is 'Whether the login may see every store and how Shelfline itself runs.';
comment on function ref.supply_choices(location text, ordered_on date) is 'For each product of a location the supplier that is asked first, and his terms; products that nobody delivers any more are not among them.';
comment on function ref.tell_endpoint() is 'Notes where orders to a supplier are to be sent from now on.';
comment on function ref.unit_cost_at(of_store text, of_product text, in_currency text, at timestamp with time zone) is 'What a unit cost in a store, where its shelf''s warehouse of today orders; null without terms at that time, and where the supplier''s currency is another or unknown.';
comment on function ref.visible_store_ids() is 'Stores that the login may see by a store or a region; not by scope all.';
