-- Made by `npm run schema` from a freshly migrated database; a test fails when it is out of date.
-- The contents of sql/views, sql/functions, sql/jobs, sql/alerts and sql/comments, and the rights of processes (docs/rights.md), are not repeated here.

-- Schemas

create schema ops;

-- Tables

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

create table ops.api_position (
  feed_id text not null,
  "position" jsonb not null,
  updated_at timestamp with time zone default now() not null,
  constraint api_position_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES ref.file_feed(feed_id) ON DELETE CASCADE,
  constraint api_position_pkey PRIMARY KEY (feed_id)
);

create table ops.api_request (
  person text not null,
  key text not null,
  request_hash bytea not null,
  created_at timestamp with time zone default clock_timestamp() not null,
  status integer,
  answer text,
  constraint an_answer_has_a_status CHECK ((status IS NULL) = (answer IS NULL)),
  constraint api_request_key_check CHECK (length(key) >= 1 AND length(key) <= 200),
  constraint api_request_person_fkey FOREIGN KEY (person) REFERENCES ref.person(person) ON DELETE CASCADE,
  constraint api_request_pkey PRIMARY KEY (person, key)
);

create table ops.api_token (
  token_id text not null,
  token_hash bytea not null,
  person text not null,
  name text not null,
  scopes text[] not null,
  created_at timestamp with time zone default clock_timestamp() not null,
  created_by text not null,
  expires_at timestamp with time zone not null,
  last_used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  revoked_by text,
  constraint api_token_name_check CHECK (length(name) >= 1 AND length(name) <= 100),
  constraint api_token_person_fkey FOREIGN KEY (person) REFERENCES ref.person(person) ON DELETE CASCADE,
  constraint api_token_pkey PRIMARY KEY (token_id),
  constraint api_token_scopes_check CHECK (cardinality(scopes) >= 1 AND cardinality(scopes) <= 100),
  constraint api_token_token_hash_key UNIQUE (token_hash),
  constraint who_revoked_is_known CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
) with (fillfactor=80);

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

create table ops.audit (
  audit_id bigint generated always as identity not null,
  at timestamp with time zone default clock_timestamp() not null,
  login text default SESSION_USER not null,
  person text,
  proof text not null,
  via text not null,
  address text,
  request text,
  action text not null,
  object text not null,
  object_id text,
  before jsonb,
  after jsonb,
  constraint audit_action_check CHECK (action ~ '^[a-z][a-z_ ]{0,62}$'::text),
  constraint audit_pkey PRIMARY KEY (audit_id),
  constraint audit_proof_check CHECK (proof = ANY (ARRAY['session'::text, 'token'::text, 'os_user'::text, 'recorded'::text, 'none'::text])),
  constraint link_audit TRIGGER DEFERRABLE INITIALLY DEFERRED
);

create table ops.audit_check (
  checked_at timestamp with time zone default clock_timestamp() not null,
  "position" bigint not null,
  hash bytea,
  broken_at bigint,
  problem text
);

create table ops.audit_link (
  "position" bigint not null,
  audit_id bigint not null,
  hash bytea not null,
  constraint audit_link_audit_id_fkey FOREIGN KEY (audit_id) REFERENCES ops.audit(audit_id),
  constraint audit_link_audit_id_key UNIQUE (audit_id),
  constraint audit_link_hash_check CHECK (length(hash) = 32),
  constraint audit_link_pkey PRIMARY KEY ("position"),
  constraint audit_link_position_check CHECK ("position" > 0)
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

create table ops.cdc_row (
  map_id text not null,
  row_id uuid not null,
  row_key text not null,
  image jsonb,
  at_us bigint not null,
  seen_at bigint not null,
  slice bigint not null,
  before_image jsonb,
  before_at_us bigint,
  constraint cdc_row_map_id_fkey FOREIGN KEY (map_id) REFERENCES ref.cdc_map(map_id) ON DELETE CASCADE,
  constraint cdc_row_pkey PRIMARY KEY (map_id, row_id)
);

create table ops.cdc_stream (
  map_id text not null,
  epoch bigint not null,
  topic_id uuid not null,
  slice bigint default 0 not null,
  "position" bigint not null,
  is_settled boolean default true not null,
  snapshot_from bigint,
  messages bigint default 0 not null,
  events bigint default 0 not null,
  rejected bigint default 0 not null,
  before_slice jsonb,
  changed_at timestamp with time zone,
  problem text,
  updated_at timestamp with time zone default now() not null,
  constraint cdc_stream_map_id_fkey FOREIGN KEY (map_id) REFERENCES ref.cdc_map(map_id) ON DELETE CASCADE,
  constraint cdc_stream_pkey PRIMARY KEY (map_id)
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

create table ops.closed_runs (
  is_only boolean default true not null,
  run bigint not null,
  constraint closed_runs_is_only_check CHECK (is_only),
  constraint closed_runs_pkey PRIMARY KEY (is_only)
);

create table ops.customer_erasure (
  erasure_id bigint generated always as identity not null,
  asked_at timestamp with time zone default clock_timestamp() not null,
  asked_by text not null,
  why text not null,
  lookup bytea,
  sealed_subject text,
  log_ends jsonb not null,
  kafka_until timestamp with time zone not null,
  finished_at timestamp with time zone,
  found jsonb,
  proof jsonb,
  constraint customer_erasure_check CHECK ((finished_at IS NULL) = (sealed_subject IS NOT NULL)),
  constraint customer_erasure_pkey PRIMARY KEY (erasure_id)
);

create table ops.customers_converted (
  place text not null,
  converted_at timestamp with time zone default clock_timestamp() not null,
  constraint customers_converted_pkey PRIMARY KEY (place)
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
  settled_by text,
  settled_why text,
  constraint dead_letters_attempts_check CHECK (attempts > 0),
  constraint dead_letters_origin_topic_partition_offset_key UNIQUE (origin, topic, partition, "offset"),
  constraint dead_letters_pkey PRIMARY KEY (letter_id),
  constraint dead_letters_status_check CHECK (status = ANY (ARRAY['open'::text, 'replayed'::text, 'discarded'::text]))
);

create table ops.device_login (
  device_hash bytea not null,
  user_code text not null,
  client text not null,
  address text not null,
  created_at timestamp with time zone default clock_timestamp() not null,
  expires_at timestamp with time zone default (clock_timestamp() + '00:10:00'::interval) not null,
  asked_at timestamp with time zone,
  person text,
  is_confirmed boolean,
  scope text,
  days integer,
  constraint a_decision_has_a_person CHECK ((is_confirmed IS NULL) = (person IS NULL)),
  constraint device_login_client_check CHECK (length(client) >= 1 AND length(client) <= 100),
  constraint device_login_days_check CHECK (days >= 1 AND days <= 366),
  constraint device_login_person_fkey FOREIGN KEY (person) REFERENCES ref.person(person) ON DELETE CASCADE,
  constraint device_login_pkey PRIMARY KEY (device_hash),
  constraint device_login_scope_check CHECK (scope = ANY (ARRAY['read'::text, 'all'::text])),
  constraint device_login_user_code_check CHECK (user_code ~ '^[A-Z]{4}-[A-Z]{4}$'::text),
  constraint device_login_user_code_key UNIQUE (user_code),
  constraint what_is_confirmed_is_known CHECK (is_confirmed IS NOT TRUE OR num_nonnulls(scope, days) = 2)
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

create table ops.file_ledger (
  feed_id text not null,
  name text not null,
  etag text not null,
  stamp text not null,
  bytes bigint not null,
  outcome text default 'taking'::text not null,
  rows bigint default 0 not null,
  sent bigint default 0 not null,
  rejected bigint default 0 not null,
  error text,
  is_moved boolean default false not null,
  attempts integer default 1 not null,
  claimed_by uuid not null,
  claimed_until timestamp with time zone not null,
  milliseconds bigint,
  updated_at timestamp with time zone default now() not null,
  constraint file_ledger_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES ref.file_feed(feed_id) ON DELETE CASCADE,
  constraint file_ledger_outcome_check CHECK (outcome = ANY (ARRAY['taking'::text, 'sent'::text, 'set_aside'::text])),
  constraint file_ledger_pkey PRIMARY KEY (feed_id, name, etag)
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
  speed text default 'all'::text not null,
  constraint forecast_dependence_errors_check CHECK (errors > 0),
  constraint forecast_dependence_pkey PRIMARY KEY (measured_on, speed),
  constraint forecast_dependence_speed_check CHECK (speed = ANY (ARRAY['slow'::text, 'medium'::text, 'fast'::text, 'all'::text]))
);

create table ops.forecast_override (
  override_id bigint generated always as identity not null,
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  from_date date not null,
  to_date date not null,
  quantity numeric,
  factor numeric,
  reason text not null,
  expires_on date not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  withdrawn_by text,
  withdrawn_at timestamp with time zone,
  withdrawn_reason text,
  constraint a_factor_is_possible CHECK (factor >= 0::numeric AND factor <= 100::numeric),
  constraint a_quantity_is_possible CHECK (quantity >= 0::numeric AND quantity < '1000000000'::numeric),
  constraint a_quantity_or_a_factor CHECK (num_nonnulls(quantity, factor) = 1),
  constraint days_are_in_order CHECK (from_date <= to_date AND (to_date - from_date) < 92),
  constraint forecast_override_pkey PRIMARY KEY (override_id),
  constraint who_withdrew_is_known CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL))
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

create table ops.judged_messages (
  topic text not null,
  partition integer not null,
  positions int8multirange default '{}'::int8multirange not null,
  constraint judged_messages_pkey PRIMARY KEY (topic, partition)
);

create table ops.lineage_outbox (
  run bigint not null,
  created_at timestamp with time zone default now() not null,
  error text,
  refused_at timestamp with time zone,
  constraint lineage_outbox_pkey PRIMARY KEY (run),
  constraint lineage_outbox_run_fkey FOREIGN KEY (run) REFERENCES ops.partition_runs(run) ON DELETE CASCADE
);

create table ops.markdown (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  regular_price numeric not null,
  price numeric not null,
  percent numeric not null,
  changed_at timestamp with time zone not null,
  constraint markdown_pkey PRIMARY KEY (store_id, product_id)
);

create table ops.markdown_plan (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  plan_date date not null,
  percent numeric not null,
  best_percent numeric not null,
  state text not null,
  near_quantity numeric not null,
  last_expires_on date not null,
  planned_at timestamp with time zone not null,
  explanation jsonb not null,
  decided_by text,
  decided_at timestamp with time zone,
  decided_reason text,
  constraint a_plan_is_at_most_the_best CHECK (percent <= best_percent),
  constraint markdown_plan_best_percent_check CHECK (best_percent >= 0::numeric AND best_percent <= 100::numeric),
  constraint markdown_plan_percent_check CHECK (percent >= 0::numeric AND percent <= 100::numeric),
  constraint markdown_plan_pkey PRIMARY KEY (store_id, product_id, plan_date),
  constraint markdown_plan_state_check CHECK (state = ANY (ARRAY['automatic'::text, 'proposed'::text, 'approved'::text, 'denied'::text])),
  constraint who_decided_is_known CHECK ((state = ANY (ARRAY['approved'::text, 'denied'::text])) = (decided_by IS NOT NULL))
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

create table ops.mlflow_outbox (
  entry bigint generated always as identity not null,
  model_name text not null,
  version integer not null,
  change bigint,
  created_at timestamp with time zone default now() not null,
  error text,
  refused_at timestamp with time zone,
  constraint mlflow_outbox_change_fkey FOREIGN KEY (change) REFERENCES ops.model_alias_log(change) ON DELETE CASCADE,
  constraint mlflow_outbox_model_name_version_fkey FOREIGN KEY (model_name, version) REFERENCES ops.model_version(model_name, version) ON DELETE CASCADE,
  constraint mlflow_outbox_pkey PRIMARY KEY (entry)
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
  constraint notification_kind_check CHECK (kind = ANY (ARRAY['immediate'::text, 'digest'::text, 'approval'::text, 'summary'::text, 'review'::text, 'test'::text])),
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
  constraint notification_cause_kind_check CHECK (kind = ANY (ARRAY['immediate'::text, 'digest'::text, 'approval'::text, 'summary'::text, 'review'::text])),
  constraint notification_cause_notification_id_fkey FOREIGN KEY (notification_id) REFERENCES ops.notification(notification_id) ON DELETE CASCADE,
  constraint notification_cause_pkey PRIMARY KEY (route_id, cause),
  constraint notification_cause_route_id_fkey FOREIGN KEY (route_id) REFERENCES ref.notification_route(route_id) ON DELETE CASCADE
);

create table ops.order_decision (
  decision_id uuid not null,
  purchase_order_id text collate "C" not null,
  step text not null,
  input jsonb not null,
  person text not null,
  proof text default (ops.acting() ->> 'proof'::text) not null,
  via text default (ops.acting() ->> 'via'::text) not null,
  asked_at timestamp with time zone default clock_timestamp() not null,
  taken_at timestamp with time zone,
  taken_by text,
  constraint order_decision_person_check CHECK (person <> ALL (ARRAY[''::text, 'shelfline'::text])),
  constraint order_decision_pkey PRIMARY KEY (decision_id),
  constraint order_decision_purchase_order_id_fkey FOREIGN KEY (purchase_order_id) REFERENCES ops.purchase_order(purchase_order_id),
  constraint what_is_taken_has_a_time CHECK ((taken_at IS NULL) = (taken_by IS NULL))
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

create table ops.quality_limit (
  measure text not null,
  score_max numeric not null,
  change_min numeric not null,
  is_share boolean not null,
  days_min integer not null,
  meaning text not null,
  changed_by text,
  why text,
  updated_at timestamp with time zone default now() not null,
  constraint quality_limit_change_min_check CHECK (change_min >= 0::numeric),
  constraint quality_limit_days_min_check CHECK (days_min >= 3),
  constraint quality_limit_pkey PRIMARY KEY (measure),
  constraint quality_limit_score_max_check CHECK (score_max > 0::numeric)
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
  address text
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

create table ops.till_closing (
  sold_on date not null,
  store_id text collate "C" not null,
  till_id text collate "C" not null,
  lines integer not null,
  net_amount numeric(24,6) not null,
  closed_at timestamp with time zone not null,
  updated_at timestamp with time zone default now() not null,
  constraint till_closing_lines_check CHECK (lines >= 0),
  constraint till_closing_pkey PRIMARY KEY (sold_on, store_id, till_id)
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

create table ops.unsigned_message (
  topic text not null,
  partition integer not null,
  "position" bigint not null,
  why text not null,
  constraint unsigned_message_pkey PRIMARY KEY (topic, partition, "position")
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
  payment_days integer default 60 not null,
  constraint hours_are_kept_longest CHECK (hour_days >= window_days AND hour_days <= 3660),
  constraint window_rules_allowed_lateness_check CHECK (allowed_lateness >= '00:00:00'::interval),
  constraint window_rules_idle_after_check CHECK (idle_after > '00:00:00'::interval),
  constraint window_rules_is_only_check CHECK (is_only),
  constraint window_rules_line_days_check CHECK (line_days >= 1 AND line_days <= 366),
  constraint window_rules_order_days_check CHECK (order_days >= 1 AND order_days <= 3660),
  constraint window_rules_payment_days_check CHECK (payment_days >= 1 AND payment_days <= 400),
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
  constraint workers_kind_check CHECK (kind = ANY (ARRAY['stream'::text, 'batch'::text, 'web'::text, 'receive'::text, 'cdc'::text, 'predict'::text, 'files'::text, 'avro'::text, 'mqtt'::text])),
  constraint workers_pkey PRIMARY KEY (worker_id)
) with (fillfactor=50);

-- Indexes

CREATE INDEX accepted_losses_by_partition ON ops.accepted_losses USING btree (processor, topic, partition, from_offset);
CREATE INDEX activity_retry_next ON ops.activity_retry USING btree (next_try_at);
CREATE INDEX alert_action_alert ON ops.alert_action USING btree (alert_id);
CREATE INDEX alert_of_store ON ops.alert USING btree (store_id, last_seen);
CREATE INDEX alert_resolved ON ops.alert USING btree (resolved_at) WHERE (status = 'resolved'::text);
CREATE INDEX alert_unresolved ON ops.alert USING btree (alert_type, store_id) WHERE (status <> 'resolved'::text);
CREATE INDEX anomaly_of_store ON ops.anomaly USING btree (store_id, sold_at);
CREATE INDEX anomaly_sold_at ON ops.anomaly USING btree (sold_at);
CREATE INDEX api_token_person ON ops.api_token USING btree (person);
CREATE INDEX audit_at ON ops.audit USING btree (at);
CREATE INDEX audit_check_at ON ops.audit_check USING btree (checked_at);
CREATE INDEX audit_object ON ops.audit USING btree (object, object_id, audit_id);
CREATE INDEX audit_person ON ops.audit USING btree (person, audit_id);
CREATE INDEX backfill_plans_planned_at ON ops.backfill_plans USING btree (planned_at);
CREATE INDEX cdc_row_slice ON ops.cdc_row USING btree (map_id, slice);
CREATE INDEX check_failures_run ON ops.check_failures USING btree (run, check_name);
CREATE INDEX check_results_checked ON ops.check_results USING btree (checked_at);
CREATE INDEX check_results_failed ON ops.check_results USING btree (checked_at) WHERE (NOT passed);
CREATE INDEX check_results_partition ON ops.check_results USING btree (asset, date, run);
CREATE INDEX cycle_count_closed ON ops.cycle_count USING btree (closed_at) WHERE (closed_at IS NOT NULL);
CREATE INDEX dead_letters_open ON ops.dead_letters USING btree (topic, reason, created_at) WHERE (status = 'open'::text);
CREATE INDEX dead_letters_to_relay ON ops.dead_letters USING btree (topic COLLATE "C", letter_id) WHERE (relayed_attempts < attempts);
CREATE INDEX discount_ended ON ops.discount USING btree (ended_at) WHERE (ended_at IS NOT NULL);
CREATE INDEX discount_running ON ops.discount USING btree (store_id, product_id) WHERE (ended_at IS NULL);
CREATE INDEX dropped_partitions_partition ON ops.dropped_partitions USING btree (asset, date);
CREATE INDEX file_ledger_newest ON ops.file_ledger USING btree (feed_id, updated_at);
CREATE INDEX forecast_override_series ON ops.forecast_override USING btree (product_id, store_id, to_date);
CREATE INDEX goods_receipt_delivered ON ops.goods_receipt USING btree (supplier_id, happened_on) WHERE (status = 'delivered'::text);
CREATE INDEX goods_receipt_of_order ON ops.goods_receipt USING btree (purchase_order_id, line_no);
CREATE INDEX goods_receipt_untold ON ops.goods_receipt USING btree (purchase_order_id, receipt_no) WHERE (told_at IS NULL);
CREATE INDEX incident_time ON ops.incident USING btree (starts_at, ends_at);
CREATE INDEX lineage_outbox_created ON ops.lineage_outbox USING btree (created_at);
CREATE INDEX lineage_outbox_waiting ON ops.lineage_outbox USING btree (run) WHERE (refused_at IS NULL);
CREATE INDEX markdown_plan_planned ON ops.markdown_plan USING btree (planned_at);
CREATE INDEX mlflow_outbox_waiting ON ops.mlflow_outbox USING btree (entry) WHERE (refused_at IS NULL);
CREATE INDEX model_alias_log_newest ON ops.model_alias_log USING btree (model_name, alias, changed_at DESC, change DESC);
CREATE INDEX notification_cause_due ON ops.notification_cause USING btree (due_at) WHERE ((notification_id IS NULL) AND (dropped_why IS NULL));
CREATE INDEX notification_cause_told ON ops.notification_cause USING btree (notification_id);
CREATE INDEX notification_created ON ops.notification USING btree (created_at);
CREATE INDEX notification_of_route ON ops.notification USING btree (route_id, status, next_attempt_at);
CREATE INDEX notification_waiting ON ops.notification USING btree (next_attempt_at) WHERE (status = 'waiting'::text);
CREATE INDEX order_decision_order ON ops.order_decision USING btree (purchase_order_id);
CREATE INDEX partition_ledger_date ON ops.partition_ledger USING btree (date);
CREATE INDEX partition_runs_partition ON ops.partition_runs USING btree (asset, date, run);
CREATE INDEX purchase_order_action_of_order ON ops.purchase_order_action USING btree (purchase_order_id, action_id);
CREATE INDEX purchase_order_expected ON ops.purchase_order USING btree (expected_on) WHERE (status = ANY (ARRAY['sent'::text, 'acknowledged'::text, 'partly_received'::text]));
CREATE INDEX purchase_order_lines_short ON ops.purchase_order_line USING btree (purchase_order_id) WHERE ((damaged_quantity + cancelled_quantity) > (0)::numeric);
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
CREATE INDEX sign_in_failure_address ON ops.sign_in_failure USING btree (address, failed_at);
CREATE INDEX sign_in_failure_person ON ops.sign_in_failure USING btree (person, failed_at);
CREATE INDEX supplier_plan_closed ON ops.supplier_plan USING btree (closed_at) WHERE (closed_at IS NOT NULL);
CREATE INDEX supplier_plan_of_product ON ops.supplier_plan USING btree (warehouse_id, product_id, planned_at);
CREATE INDEX transfer_closed ON ops.transfer_proposal USING btree (closed_at) WHERE (closed_at IS NOT NULL);
CREATE INDEX transfer_lot_leaving ON ops.transfer_lot USING btree (from_location_id, product_id, batch_id) WHERE (out_applied_at IS NULL);
CREATE INDEX transfer_lot_of_transfer ON ops.transfer_lot USING btree (transfer_id);
CREATE INDEX transfer_lot_on_the_way ON ops.transfer_lot USING btree (transfer_id) WHERE (in_applied_at IS NULL);
CREATE INDEX transfer_newest ON ops.transfer_proposal USING btree (review_date, transfer_id);
CREATE INDEX transfer_under_way_in ON ops.transfer_proposal USING btree (to_location_id, product_id) WHERE (closed_at IS NULL);
CREATE INDEX transfer_under_way_out ON ops.transfer_proposal USING btree (from_location_id, product_id) WHERE (closed_at IS NULL);
CREATE INDEX unsent_message_settled ON ops.unsent_message USING btree (settled_at) WHERE (settled_at IS NOT NULL);
CREATE INDEX unsent_message_unsettled ON ops.unsent_message USING btree (relay, topic, key) WHERE (settled_at IS NULL);
CREATE INDEX web_action_acted ON ops.web_action USING btree (acted_at);
CREATE INDEX web_session_expires ON ops.web_session USING btree (expires_at);
CREATE INDEX web_session_person ON ops.web_session USING btree (person);
CREATE UNIQUE INDEX alert_one_a_cause ON ops.alert USING btree (dedup_key) WHERE (status <> 'resolved'::text);
CREATE UNIQUE INDEX cycle_count_one_open ON ops.cycle_count USING btree (store_id, product_id) WHERE (closed_at IS NULL);
CREATE UNIQUE INDEX purchase_order_action_once ON ops.purchase_order_action USING btree (purchase_order_id, request_id);
CREATE UNIQUE INDEX purchase_order_of_day ON ops.purchase_order USING btree (supplier_id, location_id, review_date) WHERE (NOT ((status = 'cancelled'::text) AND (sent_at IS NULL)));
CREATE UNIQUE INDEX removal_one_open ON ops.removal USING btree (place, place_id, product_id, batch_id) WHERE (applied_at IS NULL);
CREATE UNIQUE INDEX restock_plan_one_open ON ops.restock_plan USING btree (store_id, product_id) WHERE (closed_at IS NULL);
CREATE UNIQUE INDEX supplier_plan_one_open ON ops.supplier_plan USING btree (warehouse_id, product_id) WHERE (closed_at IS NULL);
CREATE UNIQUE INDEX unsent_message_one_a_letter ON ops.unsent_message USING btree (letter_id);

-- Functions

CREATE OR REPLACE FUNCTION ops.acting()
 RETURNS jsonb
 LANGUAGE sql
 STABLE
RETURN ((jsonb_build_object('via', COALESCE(NULLIF(current_setting('application_name'::text, true), ''::text), 'unknown'::text), 'proof', 'none') || COALESCE((NULLIF(current_setting('shelfline.acting'::text, true), ''::text))::jsonb, '{}'::jsonb)) || CASE WHEN (SESSION_USER = 'shelfline_web'::name) THEN jsonb_build_object('person', ref.acting_user()) ELSE '{}'::jsonb END)
;

CREATE OR REPLACE FUNCTION ops.add_audit(acting jsonb, recorded text, action text, object text, object_id text, before jsonb, after jsonb)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
BEGIN ATOMIC
 INSERT INTO ops.audit (person, proof, via, address, request, action, object, object_id, before, after)  SELECT COALESCE((add_audit.acting ->> 'person'::text), add_audit.recorded) AS "coalesce",
                 CASE
                     WHEN (((add_audit.acting ->> 'person'::text) IS NULL) AND (add_audit.recorded IS NOT NULL)) THEN 'recorded'::text
                     ELSE (add_audit.acting ->> 'proof'::text)
                 END AS "case",
             "left"((add_audit.acting ->> 'via'::text), 63) AS "left",
             "left"((add_audit.acting ->> 'address'::text), 200) AS "left",
             "left"((add_audit.acting ->> 'request'::text), 200) AS "left",
             add_audit.action AS action,
             add_audit.object AS object,
             "left"(add_audit.object_id, 500) AS "left",
             add_audit.before AS before,
             add_audit.after AS after;
END
;

CREATE OR REPLACE FUNCTION ops.audit_by(entry jsonb, of jsonb)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
RETURN (SELECT (audit_by.entry ->> part.name) FROM jsonb_array_elements_text(COALESCE((audit_by.of -> 'by'::text), '[]'::jsonb)) WITH ORDINALITY part(name, place) WHERE ((audit_by.entry ->> part.name) IS NOT NULL) ORDER BY part.place LIMIT 1)
;

CREATE OR REPLACE FUNCTION ops.audit_changes()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  of jsonb := tg_argv[0]::jsonb;
  acting jsonb := ops.acting();
  verb text := case tg_op when 'INSERT' then 'add' when 'UPDATE' then 'change' else 'remove' end;
  changes jsonb[];
  one jsonb;
  total bigint;
begin
  if tg_op = 'INSERT' then
    select array_agg(jsonb_build_object('after', to_jsonb(r))) into changes from new_rows as r
    where ops.is_audited(acting, to_jsonb(r), of);
  elsif tg_op = 'DELETE' then
    select array_agg(jsonb_build_object('before', to_jsonb(r))) into changes from old_rows as r
    where ops.is_audited(acting, to_jsonb(r), of);
  else
    -- A row keeps its key.
    select array_agg(jsonb_build_object('before', before.r, 'after', after.r)) into changes
    from (select to_jsonb(o) as r, ops.audit_key(to_jsonb(o), of -> 'key') as key from old_rows as o) as before
    join (select to_jsonb(n) as r, ops.audit_key(to_jsonb(n), of -> 'key') as key from new_rows as n) as after using (key)
    where ops.audit_difference(before.r, after.r, of, coalesce(of -> 'when', after.r)) <> '{}' and ops.is_audited(acting, after.r, of);
  end if;
  changes := coalesce(changes, '{}');
  total := cardinality(changes);
  if total > 100 then
    perform ops.add_audit(
      acting, ops.audit_by(coalesce(changes[1] -> 'after', changes[1] -> 'before'), of), verb, of ->> 'object', null, null,
      (
        select jsonb_build_object('rows', total, 'sha256', encode(sha256(string_agg(sha256(convert_to(change::text, 'UTF8')), '' order by change)), 'hex'))
        from unnest(changes) as change
      )
    );
    return null;
  end if;
  foreach one in array changes loop
    perform ops.add_audit(
      acting,
      ops.audit_by(coalesce(one -> 'after', one -> 'before'), of),
      coalesce(one -> 'after' ->> (of ->> 'action'), verb),
      of ->> 'object',
      ops.audit_key(coalesce(one -> 'after', one -> 'before'), of -> 'key'),
      nullif(ops.audit_difference(one -> 'after', one -> 'before', of, one -> 'before'), '{}'),
      nullif(ops.audit_difference(one -> 'before', one -> 'after', of, one -> 'after'), '{}')
    );
  end loop;
  return null;
end;
$function$
;

CREATE OR REPLACE FUNCTION ops.audit_difference(before jsonb, after jsonb, of jsonb, watched jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE
RETURN (SELECT COALESCE(jsonb_object_agg(own.name, CASE WHEN (((audit_difference.of -> 'secret'::text) ? own.name) AND (own.value <> 'null'::jsonb)) THEN '"(secret)"'::jsonb ELSE own.value END), '{}'::jsonb) AS "coalesce" FROM jsonb_each(audit_difference.after) own(name, value) WHERE ((audit_difference.watched ? own.name) AND (((audit_difference.of -> 'ignore'::text) ? own.name) IS NOT TRUE) AND (own.value IS DISTINCT FROM COALESCE((audit_difference.before -> own.name), 'null'::jsonb))))
;

CREATE OR REPLACE FUNCTION ops.audit_hash(before bytea, entry ops.audit)
 RETURNS bytea
 LANGUAGE sql
 IMMUTABLE
RETURN sha256((COALESCE(before, decode(repeat('00'::text, 32), 'hex'::text)) || convert_to(ops.audit_text(entry), 'UTF8'::name)))
;

CREATE OR REPLACE FUNCTION ops.audit_key(entry jsonb, key jsonb)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
RETURN (SELECT string_agg(COALESCE((audit_key.entry ->> part.name), '*'::text), '/'::text ORDER BY part.place) AS string_agg FROM jsonb_array_elements_text(audit_key.key) WITH ORDINALITY part(name, place))
;

CREATE OR REPLACE FUNCTION ops.audit_text(entry ops.audit)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
RETURN (jsonb_build_object('audit_id', (entry).audit_id, 'at', to_char(((entry).at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'::text), 'login', (entry).login, 'person', (entry).person, 'proof', (entry).proof, 'via', (entry).via, 'address', (entry).address, 'request', (entry).request, 'action', (entry).action, 'object', (entry).object, 'object_id', (entry).object_id, 'before', (entry).before, 'after', (entry).after))::text
;

CREATE OR REPLACE FUNCTION ops.cell_is_planned(plan text, asset text, date date)
 RETURNS boolean
 LANGUAGE sql
RETURN (EXISTS (SELECT FROM ops.backfill_cells cell WHERE ((cell.plan = cell_is_planned.plan) AND (cell.asset = cell_is_planned.asset) AND (cell.date = cell_is_planned.date) AND (cell.status = 'planned'::text))))
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

CREATE OR REPLACE FUNCTION ops.emit(topic text, key text, payload jsonb)
 RETURNS void
 LANGUAGE sql
BEGIN ATOMIC
 INSERT INTO ops.outbox (topic, key, payload)
   VALUES (emit.topic, emit.key, (emit.payload)::json);
END
;

CREATE OR REPLACE FUNCTION ops.end_web_action(own_action bigint, how text)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
BEGIN ATOMIC
 UPDATE ops.web_action SET detail = (web_action.detail || jsonb_build_object('ended', end_web_action.how))
   WHERE ((web_action.action_id = end_web_action.own_action) AND (web_action.person = ref.acting_user()) AND (NOT (web_action.detail ? 'ended'::text)));
END
;

CREATE OR REPLACE FUNCTION ops.envelope(event_id text, place text, as_of timestamp with time zone, schema_version integer)
 RETURNS jsonb
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN jsonb_build_object('event_id', event_id, 'source', 'shelfline/jobs', 'schema_version', schema_version, 'store_id', place, 'event_at', ops.local_instant(as_of, ops.time_zone_of(place)))
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

CREATE OR REPLACE FUNCTION ops.is_audited(acting jsonb, entry jsonb, of jsonb)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
RETURN (((acting ->> 'person'::text) IS NOT NULL) OR (NOT COALESCE(((of ->> 'people_only'::text))::boolean, false)) OR (COALESCE(ops.audit_by(entry, of), 'shelfline'::text) <> 'shelfline'::text))
;

CREATE OR REPLACE FUNCTION ops.link_audit()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  newest ops.audit_link;
begin
  perform pg_advisory_xact_lock(731204120);
  select * into newest from ops.audit_link order by position desc limit 1;
  insert into ops.audit_link values (coalesce(newest.position, 0) + 1, new.audit_id, ops.audit_hash(newest.hash, new));
  return null;
end;
$function$
;

CREATE OR REPLACE FUNCTION ops.local_instant(instant timestamp with time zone, time_zone text)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN ((to_char((instant AT TIME ZONE time_zone), 'YYYY-MM-DD"T"HH24:MI:SS.MS'::text) || CASE WHEN ((instant AT TIME ZONE time_zone) < (instant AT TIME ZONE 'UTC'::text)) THEN '-'::text ELSE '+'::text END) || to_char((GREATEST((instant AT TIME ZONE time_zone), (instant AT TIME ZONE 'UTC'::text)) - LEAST((instant AT TIME ZONE time_zone), (instant AT TIME ZONE 'UTC'::text))), 'HH24:MI'::text))
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
 RETURNS TABLE(relation text, forgotten bigint)
 LANGUAGE plpgsql
AS $function$
declare
  rules ops.window_rules;
  frontier timestamptz;
  today date;
begin
  select * into rules from ops.window_rules;
  -- The clock alone forgets nothing: a worker that was stopped finds its windows as it left them.
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
  return query
  select target, state.forget_aged(target, today - days, row_limit)
  from (values
    ('online_order_line', rules.order_days),
    -- No line that is still taken may find its transaction forgotten.
    ('sale_transaction', greatest(rules.payment_days, rules.line_days + 2)),
    ('payment', rules.payment_days),
    ('refund', rules.payment_days)
  ) as forget (target, days);
end;
$function$
;

CREATE OR REPLACE FUNCTION ops.queue_alias()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  insert into ops.mlflow_outbox (model_name, version, change) select model_name, version, change from new_rows order by change;
  return null;
end
$function$
;

CREATE OR REPLACE FUNCTION ops.queue_lineage()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  insert into ops.lineage_outbox (run) select run from new_rows;
  return null;
end
$function$
;

CREATE OR REPLACE FUNCTION ops.queue_version()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  insert into ops.mlflow_outbox (model_name, version) select model_name, version from new_rows order by model_name, version;
  return null;
end
$function$
;

CREATE OR REPLACE FUNCTION ops.record_action(action text, object text, object_id text, before jsonb, after jsonb)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
RETURN ops.add_audit(ops.acting(), NULL::text, action, object, object_id, before, after)
;

CREATE OR REPLACE FUNCTION ops.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  raise exception '%.% is append-only: % is refused', tg_table_schema, tg_table_name, lower(tg_op) using errcode = '42501';
end;
$function$
;

CREATE OR REPLACE FUNCTION ops.severity_rank(severity text)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE STRICT
RETURN array_position(ARRAY['info'::text, 'warning'::text, 'critical'::text], severity)
;

CREATE OR REPLACE FUNCTION ops.time_zone_of(place text)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN COALESCE((SELECT stores.time_zone FROM ref.stores WHERE (stores.store_id = time_zone_of.place)), 'UTC'::text)
;

CREATE OR REPLACE FUNCTION ops.was_applied(processor text, topic text, event_id text, event_date date)
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (EXISTS (SELECT FROM state.event_ids known WHERE ((known.event_date = was_applied.event_date) AND (known.event_key = state.event_key(((was_applied.processor || '/'::text) || was_applied.topic), was_applied.event_id)))))
;

-- Triggers

CREATE CONSTRAINT TRIGGER link_audit AFTER INSERT ON ops.audit DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ops.link_audit();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ops.audit FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ops.audit_check FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ops.audit_link FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change();
CREATE TRIGGER audit_delete AFTER DELETE ON ops.accepted_losses REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "loss", "key": ["processor", "topic", "partition", "from_offset"], "by": ["accepted_by"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ops.api_token REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "token", "key": ["token_id"], "by": ["revoked_by", "created_by"], "when": ["revoked_at", "scopes", "person", "expires_at"], "secret": ["token_hash"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ops.backfill_plans REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "backfill", "key": ["plan"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ops.dropped_partitions REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "partition", "key": ["asset", "date"], "by": ["dropped_by"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ops.forecast_override REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "override", "key": ["override_id"], "by": ["withdrawn_by", "created_by"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ops.incident REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "incident", "key": ["incident_id"], "by": ["tagged_by"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ops.model_alias_log REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "champion", "key": ["model_name"], "by": ["changed_by"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ops.purchase_order_action REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "order", "key": ["purchase_order_id"], "by": ["acted_by"], "action": "action", "people_only": true, "ignore": ["action_id", "acted_at"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ops.stream_controls REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "stream", "key": ["processor"], "ignore": ["changed_at"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ops.stream_skips REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "skip", "key": ["processor", "topic", "partition", "offset"], "by": ["requested_by"]}');
CREATE TRIGGER audit_delete AFTER DELETE ON ops.topic_logs REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "topic log", "key": ["topic", "base"], "by": ["accepted_by"], "people_only": true, "ignore": ["seen_at"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ops.accepted_losses REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "loss", "key": ["processor", "topic", "partition", "from_offset"], "by": ["accepted_by"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ops.api_token REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "token", "key": ["token_id"], "by": ["revoked_by", "created_by"], "when": ["revoked_at", "scopes", "person", "expires_at"], "secret": ["token_hash"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ops.backfill_plans REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "backfill", "key": ["plan"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ops.customer_erasure REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "customer", "key": ["erasure_id"], "by": ["asked_by"], "secret": ["lookup", "sealed_subject"], "ignore": ["log_ends"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ops.dropped_partitions REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "partition", "key": ["asset", "date"], "by": ["dropped_by"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ops.forecast_override REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "override", "key": ["override_id"], "by": ["withdrawn_by", "created_by"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ops.incident REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "incident", "key": ["incident_id"], "by": ["tagged_by"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ops.model_alias_log REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "champion", "key": ["model_name"], "by": ["changed_by"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ops.purchase_order_action REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "order", "key": ["purchase_order_id"], "by": ["acted_by"], "action": "action", "people_only": true, "ignore": ["action_id", "acted_at"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ops.stream_controls REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "stream", "key": ["processor"], "ignore": ["changed_at"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ops.stream_skips REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "skip", "key": ["processor", "topic", "partition", "offset"], "by": ["requested_by"]}');
CREATE TRIGGER audit_insert AFTER INSERT ON ops.topic_logs REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "topic log", "key": ["topic", "base"], "by": ["accepted_by"], "people_only": true, "ignore": ["seen_at"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ops.accepted_losses REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "loss", "key": ["processor", "topic", "partition", "from_offset"], "by": ["accepted_by"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ops.api_token REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "token", "key": ["token_id"], "by": ["revoked_by", "created_by"], "when": ["revoked_at", "scopes", "person", "expires_at"], "secret": ["token_hash"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ops.backfill_plans REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "backfill", "key": ["plan"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ops.customer_erasure REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "customer", "key": ["erasure_id"], "by": ["asked_by"], "secret": ["lookup", "sealed_subject"], "ignore": ["log_ends"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ops.dead_letters REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "dead letter", "on": "update", "key": ["letter_id"], "by": ["settled_by"], "when": ["status"], "secret": ["payload", "headers", "key"], "people_only": true, "ignore": ["updated_at", "relayed_attempts"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ops.dropped_partitions REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "partition", "key": ["asset", "date"], "by": ["dropped_by"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ops.forecast_override REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "override", "key": ["override_id"], "by": ["withdrawn_by", "created_by"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ops.incident REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "incident", "key": ["incident_id"], "by": ["tagged_by"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ops.markdown_plan REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "markdown", "on": "update", "key": ["store_id", "product_id", "plan_date"], "by": ["decided_by"], "action": "state", "when": ["decided_by"], "people_only": true, "ignore": ["planned_at", "explanation"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ops.model_alias_log REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "champion", "key": ["model_name"], "by": ["changed_by"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ops.purchase_order_action REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "order", "key": ["purchase_order_id"], "by": ["acted_by"], "action": "action", "people_only": true, "ignore": ["action_id", "acted_at"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ops.quality_limit REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "quality limit", "key": ["measure"], "by": ["changed_by"], "ignore": ["updated_at"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ops.stream_controls REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "stream", "key": ["processor"], "ignore": ["changed_at"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ops.stream_skips REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "skip", "key": ["processor", "topic", "partition", "offset"], "by": ["requested_by"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ops.topic_logs REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "topic log", "key": ["topic", "base"], "by": ["accepted_by"], "people_only": true, "ignore": ["seen_at"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ops.transfer_proposal REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "transfer", "on": "update", "key": ["transfer_id"], "by": ["decided_by"], "action": "state", "when": ["decided_by"], "people_only": true, "ignore": ["updated_at", "explanation"]}');
CREATE TRIGGER audit_update AFTER UPDATE ON ops.unsent_message REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_changes('{"object": "unsent message", "on": "update", "key": ["unsent_id"], "by": ["settled_by"], "when": ["settled_by"], "people_only": true, "secret": ["payload"]}');
CREATE TRIGGER queue_alias AFTER INSERT ON ops.model_alias_log REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.queue_alias();
CREATE TRIGGER queue_lineage AFTER INSERT ON ops.partition_runs REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.queue_lineage();
CREATE TRIGGER queue_version AFTER INSERT ON ops.model_version REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ops.queue_version();
CREATE TRIGGER refuse_delete BEFORE DELETE OR TRUNCATE ON ops.customer_erasure FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change();

-- Views

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

create view ops.markdown_approver as
 SELECT plan.store_id,
    plan.product_id,
    plan.plan_date,
    role.person
   FROM ops.markdown_plan plan
     LEFT JOIN ref.shelves USING (store_id, product_id)
     JOIN ( SELECT approver.person,
            approver.location_id
           FROM ref.approver
        UNION
         SELECT approver.delegate_to,
            approver.location_id
           FROM ref.approver
          WHERE approver.delegate_until > ops.now()) role ON role.location_id IS NULL OR role.location_id = plan.store_id OR role.location_id = shelves.warehouse_id;

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
        ), entitled AS NOT MATERIALIZED (
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

-- Row-level security

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

alter table ops.api_request enable row level security;

create policy application on ops.api_request to shelfline_app
  using (true)
  with check (true);

create policy own_requests on ops.api_request to shelfline_web
  using ((person = ( SELECT ref.acting_user() AS acting_user)))
  with check ((person = ( SELECT ref.acting_user() AS acting_user)));

alter table ops.api_token enable row level security;

create policy application on ops.api_token to shelfline_app
  using (true)
  with check (true);

create policy made_by_administrators on ops.api_token for insert to shelfline_web
  with check (((( SELECT ref.acting_role() AS acting_role) = 'administrator'::text) AND (created_by = ( SELECT ref.acting_user() AS acting_user))));

create policy made_for_themselves on ops.api_token for insert to shelfline_web
  with check (((person = ( SELECT ref.acting_user() AS acting_user)) AND (created_by = ( SELECT ref.acting_user() AS acting_user)) AND (( SELECT ref.acting_role() AS acting_role) IS NOT NULL)));

create policy to_sign_in on ops.api_token for select to shelfline_web
  using ((COALESCE((person = ( SELECT ref.acting_user() AS acting_user)), true) OR (( SELECT ref.acting_role() AS acting_role) = 'administrator'::text)));

create policy used_or_revoked on ops.api_token for update to shelfline_web
  using ((revoked_at IS NULL))
  with check (((revoked_at IS NULL) OR ((revoked_by = ( SELECT ref.acting_user() AS acting_user)) AND ((person = revoked_by) OR (( SELECT ref.acting_role() AS acting_role) = 'administrator'::text)))));

alter table ops.audit enable row level security;

create policy application on ops.audit to shelfline_app
  using (true);

create policy by_administrators on ops.audit for select to shelfline_web
  using ((( SELECT ref.acting_role() AS acting_role) = 'administrator'::text));

alter table ops.audit_link enable row level security;

create policy application on ops.audit_link to shelfline_app
  using (true);

create policy by_administrators on ops.audit_link for select to shelfline_web
  using ((( SELECT ref.acting_role() AS acting_role) = 'administrator'::text));

alter table ops.backfill_cells enable row level security;

create policy application on ops.backfill_cells to shelfline_app
  using (true)
  with check (true);

create policy dashboards on ops.backfill_cells for select to dashboard_reader
  using (true);

create policy everything on ops.backfill_cells to shelfline_web
  using (( SELECT ref.sees_everything() AS sees_everything))
  with check (( SELECT ref.sees_everything() AS sees_everything));

alter table ops.backfill_plans enable row level security;

create policy application on ops.backfill_plans to shelfline_app
  using (true)
  with check (true);

create policy dashboards on ops.backfill_plans for select to dashboard_reader
  using (true);

create policy everything on ops.backfill_plans to shelfline_web
  using (( SELECT ref.sees_everything() AS sees_everything))
  with check (( SELECT ref.sees_everything() AS sees_everything));

alter table ops.cdc_row enable row level security;

create policy application on ops.cdc_row to shelfline_app
  using (true)
  with check (true);

create policy by_engineers on ops.cdc_row to shelfline_web
  using ((( SELECT ref.acting_role() AS acting_role) = ANY (ARRAY['data_engineer'::text, 'administrator'::text])));

alter table ops.cdc_stream enable row level security;

create policy application on ops.cdc_stream to shelfline_app
  using (true)
  with check (true);

create policy by_engineers on ops.cdc_stream to shelfline_web
  using ((( SELECT ref.acting_role() AS acting_role) = ANY (ARRAY['data_engineer'::text, 'administrator'::text])));

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

alter table ops.device_login enable row level security;

create policy application on ops.device_login to shelfline_app
  using (true)
  with check (true);

create policy begun_without_a_person on ops.device_login for insert to shelfline_web
  with check ((person IS NULL));

create policy collected on ops.device_login for delete to shelfline_web
  using (true);

create policy decided_by_themselves on ops.device_login for update to shelfline_web
  using ((person IS NULL))
  with check (((person IS NULL) OR (person = ( SELECT ref.acting_user() AS acting_user))));

create policy read_by_code on ops.device_login for select to shelfline_web
  using (true);

alter table ops.discount enable row level security;

create policy application on ops.discount to shelfline_app
  using (true)
  with check (true);

create policy own_stores on ops.discount for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table ops.forecast_dependence enable row level security;

create policy application on ops.forecast_dependence to shelfline_app
  using (true)
  with check (true);

create policy everything on ops.forecast_dependence for select to shelfline_web
  using (( SELECT ref.sees_everything() AS sees_everything));

alter table ops.forecast_override enable row level security;

create policy application on ops.forecast_override to shelfline_app
  using (true)
  with check (true);

create policy made_by_themselves on ops.forecast_override for insert to shelfline_web
  with check (((created_by = ( SELECT ref.acting_user() AS acting_user)) AND (withdrawn_at IS NULL) AND (( SELECT ref.acting_role() AS acting_role) = ANY (ARRAY['regional_manager'::text, 'buyer'::text, 'planner'::text, 'administrator'::text])) AND (( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids)))));

create policy own_stores on ops.forecast_override for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

create policy withdrawn_by_themselves on ops.forecast_override for update to shelfline_web
  using (((withdrawn_at IS NULL) AND (( SELECT ref.acting_role() AS acting_role) = ANY (ARRAY['regional_manager'::text, 'buyer'::text, 'planner'::text, 'administrator'::text])) AND (( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids)))))
  with check ((withdrawn_by = ( SELECT ref.acting_user() AS acting_user)));

alter table ops.goods_receipt enable row level security;

create policy application on ops.goods_receipt to shelfline_app
  using (true)
  with check (true);

create policy own_stores on ops.goods_receipt for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (location_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table ops.markdown_plan enable row level security;

create policy application on ops.markdown_plan to shelfline_app
  using (true)
  with check (true);

create policy decided_by_themselves on ops.markdown_plan for update to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))))
  with check ((decided_by = ( SELECT ref.acting_user() AS acting_user)));

create policy own_stores on ops.markdown_plan for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table ops.model_alias_log enable row level security;

create policy application on ops.model_alias_log to shelfline_app
  using (true)
  with check (true);

create policy decided_by_themselves on ops.model_alias_log for insert to shelfline_web
  with check (((( SELECT ref.acting_role() AS acting_role) = ANY (ARRAY['data_engineer'::text, 'administrator'::text])) AND (changed_by = ( SELECT ref.acting_user() AS acting_user))));

create policy everything on ops.model_alias_log for select to shelfline_web
  using (( SELECT ref.sees_everything() AS sees_everything));

alter table ops.model_drift enable row level security;

create policy application on ops.model_drift to shelfline_app
  using (true)
  with check (true);

create policy everything on ops.model_drift for select to bi_reader
  using (( SELECT ref.sees_everything() AS sees_everything));

alter table ops.model_metric enable row level security;

create policy application on ops.model_metric to shelfline_app
  using (true)
  with check (true);

create policy everything on ops.model_metric for select to shelfline_web
  using (( SELECT ref.sees_everything() AS sees_everything));

alter table ops.model_version enable row level security;

create policy application on ops.model_version to shelfline_app
  using (true)
  with check (true);

create policy everything on ops.model_version for select to shelfline_web
  using (( SELECT ref.sees_everything() AS sees_everything));

alter table ops.notification enable row level security;

create policy application on ops.notification to shelfline_app
  using (true)
  with check (true);

create policy by_administrators on ops.notification to shelfline_web
  using ((( SELECT ref.acting_role() AS acting_role) = 'administrator'::text));

alter table ops.notification_cause enable row level security;

create policy application on ops.notification_cause to shelfline_app
  using (true)
  with check (true);

create policy by_administrators on ops.notification_cause to shelfline_web
  using ((( SELECT ref.acting_role() AS acting_role) = 'administrator'::text));

alter table ops.order_decision enable row level security;

create policy application on ops.order_decision to shelfline_app
  using (true)
  with check (true);

create policy asked_by_themselves on ops.order_decision for insert to shelfline_web
  with check (((person = ( SELECT ref.acting_user() AS acting_user)) AND (taken_by IS NULL) AND (EXISTS ( SELECT
   FROM ops.purchase_order
  WHERE (purchase_order.purchase_order_id = order_decision.purchase_order_id)))));

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

create policy dashboards on ops.purchase_order for select to dashboard_reader
  using (true);

create policy own_stores on ops.purchase_order for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (location_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table ops.purchase_order_action enable row level security;

create policy application on ops.purchase_order_action to shelfline_app
  using (true)
  with check (true);

create policy dashboards on ops.purchase_order_action for select to dashboard_reader
  using (true);

create policy of_what_is_seen on ops.purchase_order_action for select to shelfline_web
  using ((EXISTS ( SELECT
   FROM ops.purchase_order parent
  WHERE (parent.purchase_order_id = purchase_order_action.purchase_order_id))));

alter table ops.purchase_order_invoice enable row level security;

create policy application on ops.purchase_order_invoice to shelfline_app
  using (true)
  with check (true);

create policy of_what_is_seen on ops.purchase_order_invoice for select to shelfline_web
  using ((EXISTS ( SELECT
   FROM ops.purchase_order parent
  WHERE (parent.purchase_order_id = purchase_order_invoice.purchase_order_id))));

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

alter table ops.restock_pick enable row level security;

create policy application on ops.restock_pick to shelfline_app
  using (true)
  with check (true);

create policy own_stores on ops.restock_pick for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

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

alter table ops.supplier_plan enable row level security;

create policy application on ops.supplier_plan to shelfline_app
  using (true)
  with check (true);

create policy own_stores on ops.supplier_plan for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (warehouse_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table ops.till_closing enable row level security;

create policy application on ops.till_closing to shelfline_app
  using (true)
  with check (true);

create policy own_stores on ops.till_closing for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

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

-- Grants

grant execute on function ops.acting() to public;
grant execute on function ops.acting() to shelfline_app;
grant execute on function ops.add_order_members(days date[]) to public;
grant execute on function ops.add_order_members(days date[]) to shelfline_app;
grant execute on function ops.alert_accuracy_drop(as_of timestamp with time zone) to public;
grant execute on function ops.alert_accuracy_drop(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_audit_broken(as_of timestamp with time zone) to public;
grant execute on function ops.alert_audit_broken(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_below_safety_stock(as_of timestamp with time zone) to public;
grant execute on function ops.alert_below_safety_stock(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_currency(alert ops.alert) to public;
grant execute on function ops.alert_currency(alert ops.alert) to shelfline_app;
grant execute on function ops.alert_expedite(as_of timestamp with time zone) to public;
grant execute on function ops.alert_expedite(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_expired_on_shelf(as_of timestamp with time zone) to public;
grant execute on function ops.alert_expired_on_shelf(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_feature_drift(as_of timestamp with time zone) to public;
grant execute on function ops.alert_feature_drift(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_low_shelf(as_of timestamp with time zone) to public;
grant execute on function ops.alert_low_shelf(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_meaning(rule ops.alert_rule) to public;
grant execute on function ops.alert_meaning(rule ops.alert_rule) to shelfline_app;
grant execute on function ops.alert_near_expiry(as_of timestamp with time zone) to public;
grant execute on function ops.alert_near_expiry(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_order_overdue(as_of timestamp with time zone) to public;
grant execute on function ops.alert_order_overdue(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_overstock(as_of timestamp with time zone) to public;
grant execute on function ops.alert_overstock(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_phantom_stock(as_of timestamp with time zone) to public;
grant execute on function ops.alert_phantom_stock(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_price_mismatch(as_of timestamp with time zone) to public;
grant execute on function ops.alert_price_mismatch(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_product_surge(as_of timestamp with time zone) to public;
grant execute on function ops.alert_product_surge(as_of timestamp with time zone) to shelfline_app;
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
grant execute on function ops.alert_suspicious_refunds(as_of timestamp with time zone) to public;
grant execute on function ops.alert_suspicious_refunds(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_till_difference(as_of timestamp with time zone) to public;
grant execute on function ops.alert_till_difference(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_till_silent(as_of timestamp with time zone) to public;
grant execute on function ops.alert_till_silent(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.alert_unpaid_sales(as_of timestamp with time zone) to public;
grant execute on function ops.alert_unpaid_sales(as_of timestamp with time zone) to shelfline_app;
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
grant execute on function ops.audit_by(entry jsonb, of jsonb) to public;
grant execute on function ops.audit_by(entry jsonb, of jsonb) to shelfline_app;
grant execute on function ops.audit_difference(before jsonb, after jsonb, of jsonb, watched jsonb) to public;
grant execute on function ops.audit_difference(before jsonb, after jsonb, of jsonb, watched jsonb) to shelfline_app;
grant execute on function ops.audit_hash(before bytea, entry ops.audit) to public;
grant execute on function ops.audit_hash(before bytea, entry ops.audit) to shelfline_app;
grant execute on function ops.audit_key(entry jsonb, key jsonb) to public;
grant execute on function ops.audit_key(entry jsonb, key jsonb) to shelfline_app;
grant execute on function ops.audit_text(entry ops.audit) to public;
grant execute on function ops.audit_text(entry ops.audit) to shelfline_app;
grant execute on function ops.cell_is_planned(plan text, asset text, date date) to public;
grant execute on function ops.cell_is_planned(plan text, asset text, date date) to shelfline_app;
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
grant execute on function ops.end_long_reads(transaction_max interval, waiting_max interval) to shelfline_app;
grant execute on function ops.end_web_action(own_action bigint, how text) to shelfline_app;
grant execute on function ops.end_web_action(own_action bigint, how text) to shelfline_web;
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
grant execute on function ops.is_audited(acting jsonb, entry jsonb, of jsonb) to public;
grant execute on function ops.is_audited(acting jsonb, entry jsonb, of jsonb) to shelfline_app;
grant execute on function ops.job_lock(job text) to public;
grant execute on function ops.job_lock(job text) to shelfline_app;
grant execute on function ops.judge_order_edits(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.judge_order_edits(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.judged_refunds(since timestamp with time zone, as_of timestamp with time zone) to public;
grant execute on function ops.judged_refunds(since timestamp with time zone, as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.list_price(of_store text, of_product text, as_of timestamp with time zone) to public;
grant execute on function ops.list_price(of_store text, of_product text, as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.local_instant(instant timestamp with time zone, time_zone text) to public;
grant execute on function ops.local_instant(instant timestamp with time zone, time_zone text) to shelfline_app;
grant execute on function ops.lock_job(job text) to public;
grant execute on function ops.lock_job(job text) to shelfline_app;
grant execute on function ops.low_watermark(of_processor text, as_of timestamp with time zone, of_topic text) to public;
grant execute on function ops.low_watermark(of_processor text, as_of timestamp with time zone, of_topic text) to shelfline_app;
grant execute on function ops.merge_suppliers(named text[]) to public;
grant execute on function ops.merge_suppliers(named text[]) to shelfline_app;
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
grant execute on function ops.price_without_markdown(of_store text, of_product text, as_of timestamp with time zone) to public;
grant execute on function ops.price_without_markdown(of_store text, of_product text, as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.prune(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.prune(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.prune_windows(as_of timestamp with time zone, row_limit integer) to shelfline_app;
grant execute on function ops.publish_movement(topic text, event_id text, place text, product text, batch_id text, expires_on date, quantity numeric, destination text, transfer_id text, as_of timestamp with time zone) to public;
grant execute on function ops.publish_movement(topic text, event_id text, place text, product text, batch_id text, expires_on date, quantity numeric, destination text, transfer_id text, as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.publish_purchase_order(wanted text) to public;
grant execute on function ops.publish_purchase_order(wanted text) to shelfline_app;
grant execute on function ops.publish_restock_plan(plan ops.restock_plan) to public;
grant execute on function ops.publish_restock_plan(plan ops.restock_plan) to shelfline_app;
grant execute on function ops.publish_supplier_plan(plan ops.supplier_plan) to public;
grant execute on function ops.publish_supplier_plan(plan ops.supplier_plan) to shelfline_app;
grant execute on function ops.queue_alias() to shelfline_app;
grant execute on function ops.queue_lineage() to shelfline_app;
grant execute on function ops.queue_version() to shelfline_app;
grant execute on function ops.record_action(action text, object text, object_id text, before jsonb, after jsonb) to shelfline_app;
grant execute on function ops.record_action(action text, object text, object_id text, before jsonb, after jsonb) to shelfline_web;
grant execute on function ops.refill_shelves(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.refill_shelves(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.refresh_sales_rates(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.refresh_sales_rates(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.refuse_change() to public;
grant execute on function ops.refuse_change() to shelfline_app;
grant execute on function ops.remove_expired(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.remove_expired(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
grant execute on function ops.request_counts(as_of timestamp with time zone, limit_rows integer) to public;
grant execute on function ops.request_counts(as_of timestamp with time zone, limit_rows integer) to shelfline_app;
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
grant execute on function ops.store_is_open(of_store text, as_of timestamp with time zone) to public;
grant execute on function ops.store_is_open(of_store text, as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.time_zone_of(place text) to public;
grant execute on function ops.time_zone_of(place text) to shelfline_app;
grant execute on function ops.unpaid_sales(since timestamp with time zone, as_of timestamp with time zone) to public;
grant execute on function ops.unpaid_sales(since timestamp with time zone, as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.unusual_hours(as_of timestamp with time zone) to public;
grant execute on function ops.unusual_hours(as_of timestamp with time zone) to shelfline_app;
grant execute on function ops.usual_hours(of_store text, from_hour timestamp without time zone, to_hour timestamp without time zone) to public;
grant execute on function ops.usual_hours(of_store text, from_hour timestamp without time zone, to_hour timestamp without time zone) to shelfline_app;
grant execute on function ops.was_applied(processor text, topic text, event_id text, event_date date) to public;
grant execute on function ops.was_applied(processor text, topic text, event_id text, event_date date) to shelfline_app;
grant execute on function ops.weighed_shelves(as_of timestamp with time zone) to public;
grant execute on function ops.weighed_shelves(as_of timestamp with time zone) to shelfline_app;
grant usage on schema ops to dashboard_reader;
grant usage on schema ops to shelfline_app;
grant usage on schema ops to shelfline_web;
grant select, usage on sequence ops.accepted_losses_loss_id_seq to shelfline_app;
grant select, usage on sequence ops.alert_action_action_id_seq to shelfline_app;
grant select, usage on sequence ops.alert_alert_id_seq to shelfline_app;
grant select, usage on sequence ops.audit_audit_id_seq to shelfline_app;
grant select, usage on sequence ops.check_failures_failure_seq to shelfline_app;
grant select, usage on sequence ops.customer_erasure_erasure_id_seq to shelfline_app;
grant select, usage on sequence ops.cycle_count_task_id_seq to shelfline_app;
grant select, usage on sequence ops.dead_letters_letter_id_seq to shelfline_app;
grant select, usage on sequence ops.forecast_override_override_id_seq to shelfline_app;
grant select, usage on sequence ops.goods_receipt_receipt_no_seq to shelfline_app;
grant select, usage on sequence ops.incident_incident_id_seq to shelfline_app;
grant select, usage on sequence ops.mlflow_outbox_entry_seq to shelfline_app;
grant select, usage on sequence ops.model_alias_log_change_seq to shelfline_app;
grant select, usage on sequence ops.outbox_outbox_id_seq to shelfline_app;
grant select, usage on sequence ops.partition_run_numbers to shelfline_app;
grant select, usage on sequence ops.purchase_order_action_action_id_seq to shelfline_app;
grant select, usage on sequence ops.unsent_message_unsent_id_seq to shelfline_app;
grant select, usage on sequence ops.web_action_action_id_seq to shelfline_app;
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
grant delete, insert, select, truncate, update on table ops.api_position to shelfline_app;
grant delete, insert, select, truncate, update on table ops.api_request to shelfline_app;
grant delete, insert, select, update on table ops.api_request to shelfline_web;
grant delete, insert, select, truncate, update on table ops.api_token to shelfline_app;
grant insert, select on table ops.api_token to shelfline_web;
grant update (last_used_at, revoked_at, revoked_by) on table ops.api_token to shelfline_web;
grant delete, insert, select, truncate, update on table ops.assets to shelfline_app;
grant select on table ops.assets to shelfline_web;
grant select on table ops.audit to shelfline_app;
grant select on table ops.audit to shelfline_web;
grant insert, select on table ops.audit_check to shelfline_app;
grant select on table ops.audit_link to shelfline_app;
grant select on table ops.audit_link to shelfline_web;
grant select (plan, status) on table ops.backfill_cells to dashboard_reader;
grant delete, insert, select, truncate, update on table ops.backfill_cells to shelfline_app;
grant insert, select on table ops.backfill_cells to shelfline_web;
grant select (plan, from_date, to_date, status, planned_at, applied_at, finished_at) on table ops.backfill_plans to dashboard_reader;
grant delete, insert, select, truncate, update on table ops.backfill_plans to shelfline_app;
grant insert, select on table ops.backfill_plans to shelfline_web;
grant delete, insert, select, truncate, update on table ops.cdc_row to shelfline_app;
grant update (before_image, before_at_us) on table ops.cdc_row to shelfline_web;
grant select (map_id) on table ops.cdc_row to shelfline_web;
grant select (slice), update (slice) on table ops.cdc_row to shelfline_web;
grant delete, insert, select, truncate, update on table ops.cdc_stream to shelfline_app;
grant delete, select on table ops.cdc_stream to shelfline_web;
grant delete, insert, select, truncate, update on table ops.check_failures to shelfline_app;
grant select on table ops.check_failures to shelfline_web;
grant select on table ops.check_results to bi_reader;
grant delete, insert, select, truncate, update on table ops.check_results to shelfline_app;
grant delete, insert, select, truncate, update on table ops.clock to shelfline_app;
grant select on table ops.clock to shelfline_web;
grant delete, insert, select, truncate, update on table ops.closed_runs to shelfline_app;
grant delete, insert, select, truncate, update on table ops.customer_erasure to shelfline_app;
grant delete, insert, select, truncate, update on table ops.customers_converted to shelfline_app;
grant delete, insert, select, truncate, update on table ops.cycle_count to shelfline_app;
grant select on table ops.cycle_count to shelfline_web;
grant select (origin, topic, reason, status, created_at, updated_at) on table ops.dead_letters to bi_reader;
grant delete, insert, select, truncate, update on table ops.dead_letters to shelfline_app;
grant select, update on table ops.dead_letters to shelfline_web;
grant delete, insert, select, truncate, update on table ops.device_login to shelfline_app;
grant delete, insert, select on table ops.device_login to shelfline_web;
grant update (asked_at, person, is_confirmed, scope, days) on table ops.device_login to shelfline_web;
grant delete, insert, select, truncate, update on table ops.discount to shelfline_app;
grant select on table ops.discount to shelfline_web;
grant insert, select on table ops.dropped_partitions to shelfline_app;
grant delete, insert, select, truncate, update on table ops.file_ledger to shelfline_app;
grant delete, insert, select, truncate, update on table ops.forecast_dependence to shelfline_app;
grant select on table ops.forecast_dependence to shelfline_web;
grant select on table ops.forecast_override to bi_reader;
grant delete, insert, select, truncate, update on table ops.forecast_override to shelfline_app;
grant insert, select on table ops.forecast_override to shelfline_web;
grant update (withdrawn_by, withdrawn_at, withdrawn_reason) on table ops.forecast_override to shelfline_web;
grant delete, insert, select, truncate, update on table ops.goods_receipt to shelfline_app;
grant select on table ops.goods_receipt to shelfline_web;
grant delete, insert, select, truncate, update on table ops.incident to shelfline_app;
grant delete, insert, select, truncate, update on table ops.inventory_balances to shelfline_app;
grant delete, insert, select, truncate, update on table ops.judged_messages to shelfline_app;
grant delete, insert, select, truncate, update on table ops.lineage_outbox to shelfline_app;
grant delete, insert, select, truncate, update on table ops.lot_leaving to shelfline_app;
grant delete, insert, select, truncate, update on table ops.markdown to shelfline_app;
grant delete, insert, select, truncate, update on table ops.markdown_approver to shelfline_app;
grant select on table ops.markdown_approver to shelfline_web;
grant delete, insert, select, truncate, update on table ops.markdown_plan to shelfline_app;
grant select on table ops.markdown_plan to shelfline_web;
grant update (percent, state, decided_by, decided_at, decided_reason) on table ops.markdown_plan to shelfline_web;
grant select (job, "position", last_ms, last_finished_at, failures) on table ops.minute_job to dashboard_reader;
grant delete, insert, select, truncate, update on table ops.minute_job to shelfline_app;
grant delete, insert, select, truncate, update on table ops.mlflow_outbox to shelfline_app;
grant select (model_name, alias, version, changed_at) on table ops.model_alias_log to dashboard_reader;
grant insert, select on table ops.model_alias_log to shelfline_app;
grant insert, select on table ops.model_alias_log to shelfline_web;
grant select on table ops.model_drift to bi_reader;
grant delete, insert, select, truncate, update on table ops.model_drift to shelfline_app;
grant insert, select on table ops.model_metric to shelfline_app;
grant select on table ops.model_metric to shelfline_web;
grant select (model_name, version, created_at, trained_through, training_rows, duration_ms, decision) on table ops.model_version to dashboard_reader;
grant insert, select on table ops.model_version to shelfline_app;
grant select on table ops.model_version to shelfline_web;
grant delete, insert, select, truncate, update on table ops.notification to shelfline_app;
grant delete, insert, select, update on table ops.notification to shelfline_web;
grant delete, insert, select, truncate, update on table ops.notification_cause to shelfline_app;
grant delete, insert, select, update on table ops.notification_cause to shelfline_web;
grant delete, insert, select, truncate, update on table ops.on_order to shelfline_app;
grant select on table ops.on_order to shelfline_web;
grant delete, insert, select, truncate, update on table ops.order_decision to shelfline_app;
grant insert on table ops.order_decision to shelfline_web;
grant delete, insert, select, truncate, update on table ops.order_fact_day to shelfline_app;
grant delete, insert, select, truncate, update on table ops.outbox to shelfline_app;
grant select (asset, date, status, started_at, succeeded_at) on table ops.partition_ledger to bi_reader;
grant delete, insert, select, truncate, update on table ops.partition_ledger to shelfline_app;
grant select on table ops.partition_ledger to shelfline_web;
grant select on table ops.partition_runs to bi_reader;
grant insert, select on table ops.partition_runs to shelfline_app;
grant select (purchase_order_id, supplier_id, location_id, status, currency, total_value, created_at, updated_at, waits_since, sent_at) on table ops.purchase_order to dashboard_reader;
grant delete, insert, select, truncate, update on table ops.purchase_order to shelfline_app;
grant select on table ops.purchase_order to shelfline_web;
grant select (purchase_order_id, acted_at, action) on table ops.purchase_order_action to dashboard_reader;
grant insert, select on table ops.purchase_order_action to shelfline_app;
grant select on table ops.purchase_order_action to shelfline_web;
grant delete, insert, select, truncate, update on table ops.purchase_order_approver to shelfline_app;
grant select on table ops.purchase_order_approver to shelfline_web;
grant delete, insert, select, truncate, update on table ops.purchase_order_invoice to shelfline_app;
grant select on table ops.purchase_order_invoice to shelfline_web;
grant delete, insert, select, truncate, update on table ops.purchase_order_line to shelfline_app;
grant select on table ops.purchase_order_line to shelfline_web;
grant delete, insert, select, truncate, update on table ops.quality_limit to shelfline_app;
grant delete, insert, select, truncate, update on table ops.relay_problem to shelfline_app;
grant select on table ops.relay_problem to shelfline_web;
grant delete, insert, select, truncate, update on table ops.removal to shelfline_app;
grant select on table ops.removal to shelfline_web;
grant delete, insert, select, truncate, update on table ops.replenishment_skip to shelfline_app;
grant delete, insert, select, truncate, update on table ops.restock_pick to shelfline_app;
grant select on table ops.restock_pick to shelfline_web;
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
grant select on table ops.supplier_lead_time to shelfline_web;
grant delete, insert, select, truncate, update on table ops.supplier_performance to shelfline_app;
grant delete, insert, select, truncate, update on table ops.supplier_plan to shelfline_app;
grant select on table ops.supplier_plan to shelfline_web;
grant select on table ops.till_closing to bi_reader;
grant delete, insert, select, truncate, update on table ops.till_closing to shelfline_app;
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
grant select on table ops.transfer_under_way to shelfline_web;
grant delete, insert, select, truncate, update on table ops.unsent_message to shelfline_app;
grant select on table ops.unsent_message to shelfline_web;
grant delete, insert, select, truncate, update on table ops.unsigned_message to shelfline_app;
grant delete, insert, select, truncate, update on table ops.web_action to shelfline_app;
grant insert, select on table ops.web_action to shelfline_web;
grant delete, insert, select, truncate, update on table ops.web_session to shelfline_app;
grant delete, insert, select, update on table ops.web_session to shelfline_web;
grant delete, insert, select, truncate, update on table ops.window_rules to shelfline_app;
grant delete, insert, select, truncate, update on table ops.worker_states to shelfline_app;
grant select on table ops.worker_states to shelfline_web;
grant select (kind, host, version, started_at, last_seen_at, stopped_at) on table ops.workers to dashboard_reader;
grant delete, insert, select, truncate, update on table ops.workers to shelfline_app;
grant delete, insert, select, update on table ops.workers to shelfline_web;

-- Default privileges

alter default privileges for role shelfline_migrate in schema ops grant execute on functions to shelfline_app;
alter default privileges for role shelfline_migrate in schema ops grant select, usage on sequences to shelfline_app;
alter default privileges for role shelfline_migrate in schema ops grant delete, insert, select, truncate, update on tables to shelfline_app;

-- Comments

comment on schema ops is 'How Shelfline itself runs: ledger, stream positions, dead letters, checks.';
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
comment on table ops.api_position is 'Where feeds of APIs continue: written when all before it is in Kafka or was set aside.';
comment on column ops.api_position."position" is 'since: what was changed before is known. page: the next page of a poll that is under way. greatest: the newest change that it has seen. begun: when it began, by the clock of the API.';
comment on column ops.api_position.updated_at is 'When it was written.';
comment on table ops.api_request is 'Actions that programs asked for with an idempotency key, of the last day, with their answers.';
comment on column ops.api_request.request_hash is 'SHA-256 of the path and the body: the key stands for this request only.';
comment on column ops.api_request.answer is 'JSON, as it was sent; null: the action is under way, or its process was killed.';
comment on table ops.api_token is 'Tokens of programs. Each acts as its person, within its scopes; the token itself is shown once and not kept.';
comment on column ops.api_token.token_id is 'Names the token to people; it does not sign in.';
comment on column ops.api_token.token_hash is 'SHA-256 of the token.';
comment on column ops.api_token.scopes is 'Permissions such as alerts.see; read: every permission to see; all: whatever the person may.';
comment on column ops.api_token.last_used_at is 'To the minute.';
comment on table ops.assets is 'The assets that the batch workers know, as the worker that started last told them.';
comment on table ops.audit is 'The audit log: decisions of people, changes of access, sign-ins. Rows are added only, by triggers and by ops.record_action; about 0.5 kB each. They are never deleted.';
comment on column ops.audit.login is 'The login of PostgreSQL that made the change.';
comment on column ops.audit.person is 'Who acted; null: not known, or nobody.';
comment on column ops.audit.proof is 'How the person is known: their session or token was checked, the operating system names them, or the changed row names them (recorded).';
comment on column ops.audit.via is 'The program: cli, web, api, batch, stream; another client of the database has its application_name.';
comment on column ops.audit.address is 'The client''s network address, or the machine of a command.';
comment on column ops.audit.request is 'What the change belongs to: an action of the web application, a run of a command, an Update of a workflow.';
comment on column ops.audit.object is 'The kind of thing that was changed.';
comment on column ops.audit.before is 'The columns that changed, as they were; secrets are left out. Of many rows at once their number and hash.';
comment on table ops.audit_check is 'Each look at the chain of the audit log: how long it was and its newest hash, which must stay part of it.';
comment on column ops.audit_check."position" is 'Of the newest link; 0: there was none.';
comment on column ops.audit_check.broken_at is 'The first position that is broken; null: none is.';
comment on table ops.audit_link is 'The chain of ops.audit. A row is linked when its transaction commits, so that no one waits for another before.';
comment on column ops.audit_link."position" is 'From 1, without gaps.';
comment on column ops.audit_link.hash is 'SHA-256 of the hash before (of the first: 32 zero bytes) and ops.audit_text.';
comment on table ops.backfill_cells is 'The partitions that a plan builds, and no others.';
comment on column ops.backfill_cells.cause is 'For input_changed: the upstream asset that changed or is rebuilt by the same plan. For late_data: the raw table.';
comment on column ops.backfill_cells.ledger_run is 'The run that stood in the ledger when the plan was made; null when there was none.';
comment on column ops.backfill_cells.run is 'The run that finished the cell.';
comment on table ops.backfill_plans is 'What was asked for, and how far it came.';
comment on table ops.cdc_row is 'The rows of captured tables as they were last read: an event about a change has the difference. Some 400 bytes a row; a deleted row is kept for a week.';
comment on column ops.cdc_row.row_id is 'Hash of its primary key.';
comment on column ops.cdc_row.row_key is 'Its primary key, JSON.';
comment on column ops.cdc_row.image is 'The columns that the map reads; null: the row is deleted.';
comment on column ops.cdc_row.at_us is 'When it changed last, microseconds since the epoch: of one row later than each time before.';
comment on column ops.cdc_row.seen_at is 'Offset of the last message about it.';
comment on column ops.cdc_row.slice is 'Number of the slice that changed it last.';
comment on column ops.cdc_row.before_image is 'The columns before that slice.';
comment on column ops.cdc_row.before_at_us is 'When it had changed before that slice; null: it was not known.';
comment on table ops.cdc_stream is 'How far each map has read its topic of changes. Kafka decides whether the newest slice counts: its number is committed together with the events.';
comment on column ops.cdc_stream.epoch is 'Counts the workers that have had the map: an earlier one can no longer write.';
comment on column ops.cdc_stream.topic_id is 'The log that is read: a topic that is created again has another.';
comment on column ops.cdc_stream.slice is 'Number of the newest slice of messages that was mapped.';
comment on column ops.cdc_stream."position" is 'The next offset after it.';
comment on column ops.cdc_stream.is_settled is 'Kafka is known to have committed the slice.';
comment on column ops.cdc_stream.snapshot_from is 'The offset at which a snapshot of the table began that has not ended yet.';
comment on column ops.cdc_stream.messages is 'Messages read.';
comment on column ops.cdc_stream.events is 'Events made of them; a change that changes no mapped column makes none.';
comment on column ops.cdc_stream.rejected is 'Messages of which no valid event could be made: each is a dead letter of the topic of the map.';
comment on column ops.cdc_stream.before_slice is 'What position, snapshot_from and the counters were before the slice: restored when Kafka has not committed it.';
comment on column ops.cdc_stream.changed_at is 'When the newest of the changes happened in the other database.';
comment on column ops.cdc_stream.problem is 'Why it does not continue; null: it does.';
comment on table ops.check_failures is 'Rows that failed a check: at most 100 for each check of a run.';
comment on table ops.check_results is 'Every check of every run; asset data_quality for the hourly checks, which have no partition.';
comment on table ops.clock is 'The clock of the simulation that runs, at most one row; no row: the real clock holds.';
comment on column ops.clock.simulated_now is 'What time it is in the simulated world; whoever drives the simulation moves it on.';
comment on column ops.clock.speed is 'Simulated seconds per real second, as asked for.';
comment on column ops.clock.run_id is 'The run of the simulation.';
comment on column ops.clock.seed is 'What the run was made from: the same seed gives the same events.';
comment on column ops.clock.places_ahead is 'Stores, and the warehouses that fill them, whose events reach beyond the time at which the run began: what holds there at the run''s time nobody knows, so no alert is made of them and no price is changed.';
comment on table ops.closed_runs is 'Runs up to this one no longer put rows with customers in their place: what they have read was changed since, when a customer was erased.';
comment on column ops.closed_runs.run is 'A number of ops.partition_run_numbers; the lake has the same with its tables.';
comment on table ops.customer_erasure is 'Customers that were erased: when, why, what was found and changed, and what was searched afterwards. It does not name them.';
comment on column ops.customer_erasure.asked_by is 'Who asked for it.';
comment on column ops.customer_erasure.lookup is 'The row of ref.customer_key; null once that is deleted.';
comment on column ops.customer_erasure.sealed_subject is 'The id and the pseudonym to look for, encrypted; null once it is finished.';
comment on column ops.customer_erasure.log_ends is 'Where the topics with customers ended, by topic and partition: what was read before may have had the old pseudonym.';
comment on column ops.customer_erasure.kafka_until is 'Until then Kafka may have messages of the customer.';
comment on column ops.customer_erasure.found is 'Rows that were changed, by table.';
comment on column ops.customer_erasure.proof is 'Rows that were searched by table, and how many had the customer: none.';
comment on table ops.customers_converted is 'Where customers of rows from before there were pseudonyms have theirs: `live state`, when a batch worker has started; `lake and facts`, by the schedule `privacy` or the command `privacy convert`.';
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
comment on table ops.device_login is 'Programs that wait for a person to confirm their code in the web application. A row goes when its answer is collected, or some time after it has expired.';
comment on column ops.device_login.device_hash is 'SHA-256 of what the program identifies itself by.';
comment on column ops.device_login.user_code is 'What the person compares and confirms.';
comment on column ops.device_login.client is 'What the program calls itself, such as its machine.';
comment on column ops.device_login.address is 'Where it asked from.';
comment on column ops.device_login.asked_at is 'When it last asked for the answer.';
comment on column ops.device_login.is_confirmed is 'Null: no one has decided yet.';
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
comment on table ops.file_ledger is 'The files of feeds: the same content under the same name is taken once.';
comment on column ops.file_ledger.name is 'Its name below the place of the feed.';
comment on column ops.file_ledger.etag is 'Names its content: the ETag of the object store, or the SHA-256 of a file in a folder.';
comment on column ops.file_ledger.stamp is 'While it is the same, so is the content: the ETag, or size, time of change and inode of a file in a folder.';
comment on column ops.file_ledger.outcome is 'taking: it is read, or waits for another attempt. sent: Kafka has its valid rows. set_aside: none was sent.';
comment on column ops.file_ledger.rows is 'Rows that were read.';
comment on column ops.file_ledger.sent is 'Events that Kafka has acknowledged.';
comment on column ops.file_ledger.rejected is 'Rows that break the contract or can not be read.';
comment on column ops.file_ledger.error is 'Why it was set aside, or why the last attempt failed.';
comment on column ops.file_ledger.is_moved is 'It was moved to refused/: a person who puts it back wants it to be taken.';
comment on column ops.file_ledger.attempts is 'Attempts that have begun; one that was ended by a stop does not count.';
comment on column ops.file_ledger.claimed_by is 'The process that reads it, or has read it.';
comment on column ops.file_ledger.claimed_until is 'Before then no other attempt begins.';
comment on column ops.file_ledger.milliseconds is 'How long the last attempt took.';
comment on column ops.file_ledger.updated_at is 'When an attempt began, or when it was taken.';
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
comment on column ops.forecast_dependence.speed is 'How fast the products sell in their stores, by the units a day that were forecast; all: measured before speeds were told apart.';
comment on table ops.forecast_override is 'What people expect a product to sell in a store in place of its forecast. Of several for a day the newest that is in force applies; it is laid over the forecast, which stays as it is.';
comment on column ops.forecast_override.from_date is 'First day, of the store.';
comment on column ops.forecast_override.to_date is 'Last day; at most 92 days in all.';
comment on column ops.forecast_override.quantity is 'Units a day in place of the forecast; null: the factor applies.';
comment on column ops.forecast_override.factor is 'What the forecast is multiplied by; null: the quantity applies.';
comment on column ops.forecast_override.reason is 'Why.';
comment on column ops.forecast_override.expires_on is 'Last day on which plans use it.';
comment on column ops.forecast_override.created_at is 'By the business clock.';
comment on column ops.forecast_override.withdrawn_at is 'From then on no plan uses it; by the business clock.';
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
comment on table ops.judged_messages is 'Messages of which is known whether they are signed: all in these positions are, but for those of ops.unsigned_message.';
comment on table ops.lineage_outbox is 'Runs of partitions whose OpenLineage events no receiver has accepted yet; 30 days at most.';
comment on column ops.lineage_outbox.run is 'The run, in ops.partition_runs.';
comment on column ops.lineage_outbox.created_at is 'When the run ended.';
comment on column ops.lineage_outbox.error is 'Why its events were not accepted the last time; null: not tried yet.';
comment on column ops.lineage_outbox.refused_at is 'When the receiver refused its events for good.';
comment on view ops.lot_leaving is 'Picked in a warehouse, for a shelf or another location, and not seen to have left.';
comment on table ops.markdown is 'Prices that are down because lots are near their expiry, and what they go back to.';
comment on view ops.markdown_approver is 'Who may decide about which markdown: people who may approve orders of the store or of the warehouse that refills it, in whatever role, and their delegate.';
comment on table ops.markdown_plan is 'By how much a shelf is marked down on a day because lots of it are near their expiry, and why.';
comment on column ops.markdown_plan.plan_date is 'The store''s day.';
comment on column ops.markdown_plan.percent is 'Markdown in per cent of the list price; 0: none is needed.';
comment on column ops.markdown_plan.best_percent is 'What is expected to earn most; deeper than percent while a person has not approved it.';
comment on column ops.markdown_plan.state is 'automatic: needs no approval; proposed: the deeper one waits for it.';
comment on column ops.markdown_plan.near_quantity is 'Units of lots near their expiry.';
comment on column ops.markdown_plan.last_expires_on is 'When the last of these expires.';
comment on column ops.markdown_plan.planned_at is 'By the business clock.';
comment on column ops.markdown_plan.explanation is 'Demand, elasticity, prices and cost that it was planned with, and what each markdown was expected to bring.';
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
comment on table ops.mlflow_outbox is 'Versions of models, and changes of the champion, that no MLflow server has accepted yet.';
comment on column ops.mlflow_outbox.entry is 'The order in which they are sent.';
comment on column ops.mlflow_outbox.change is 'The change of the alias, in ops.model_alias_log; null: the version itself.';
comment on column ops.mlflow_outbox.created_at is 'When the version was registered, or the champion changed.';
comment on column ops.mlflow_outbox.error is 'Why it was not accepted the last time; null: not tried yet.';
comment on column ops.mlflow_outbox.refused_at is 'When the server refused it for good.';
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
comment on column ops.notification.kind is 'immediate and digest tell alerts; approval, summary, review, test.';
comment on column ops.notification.content is 'What it tells; each channel shows it in its own way.';
comment on column ops.notification.status is 'waiting, sent, or dead: refused for good, or tried too often.';
comment on column ops.notification.next_attempt_at is 'Not before.';
comment on table ops.notification_cause is 'What a route has heard of, or will: each cause once.';
comment on column ops.notification_cause.cause is 'alert/<number>/<severity>/<times that somebody acted on it>, approval/<order>/<new or escalated>, summary/<day>, or review/<Monday>.';
comment on column ops.notification_cause.kind is 'The kind of message that tells it.';
comment on column ops.notification_cause.alert_id is 'The alert, when it is about one.';
comment on column ops.notification_cause.purchase_order_id is 'The order, when it is about one.';
comment on column ops.notification_cause.due_at is 'Not before, by the business clock.';
comment on column ops.notification_cause.notification_id is 'The message that tells it; null: not due yet, or dropped.';
comment on column ops.notification_cause.dropped_why is 'Why nobody needs to hear of it any more.';
comment on view ops.on_order is 'What is on order for each location and product: drafts, orders that wait for approval and transfers from other locations count, and so do the plans that the minute job made before there were terms.';
comment on column ops.on_order.quantity is 'Units that are to come.';
comment on column ops.on_order.draft_quantity is 'Units of them that nobody has approved yet.';
comment on table ops.order_decision is 'Decisions about orders as they were asked for, each by a person who was authenticated.';
comment on column ops.order_decision.decision_id is 'What the Update of the workflow names.';
comment on column ops.order_decision.input is 'What was asked: an Update with another input is refused.';
comment on column ops.order_decision.proof is 'How the person is known, as in ops.audit.';
comment on column ops.order_decision.taken_by is 'The Update that carried it out: no other can.';
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
comment on table ops.quality_limit is 'When a measure of a day is unusual: its score and its change are both above their limits.';
comment on column ops.quality_limit.score_max is 'Distance from the median of the past, in standard deviations: those of the past, or those that counting alone gives if they are larger.';
comment on column ops.quality_limit.change_min is 'Difference from the median: of a share as it is, else as a part of the median. What is smaller matters to no one.';
comment on column ops.quality_limit.is_share is 'The measure is a share, from 0 to 1.';
comment on column ops.quality_limit.days_min is 'Days of the past that are needed; with fewer there is no judgement.';
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
comment on table ops.sign_in_failure is 'Wrong passwords of the last day, to sign in or to change it: they lock a name and an address for some minutes.';
comment on column ops.sign_in_failure.person is 'The name that was tried, also one that nobody has.';
comment on column ops.sign_in_failure.address is 'Where it came from; null: from a person who was signed in.';
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
comment on table ops.till_closing is 'What each till has sold on a day, by its own count.';
comment on column ops.till_closing.sold_on is 'The store''s day.';
comment on column ops.till_closing.lines is 'Sale lines, returns among them.';
comment on column ops.till_closing.net_amount is 'What was paid for them.';
comment on column ops.till_closing.closed_at is 'When the till counted; the newest count applies.';
comment on column ops.till_closing.updated_at is 'When the count arrived.';
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
comment on table ops.unsigned_message is 'Messages that were refused because no one with the right to it has signed them. Each is a dead letter.';
comment on table ops.web_action is 'The audit log of the web application: what people have done, also what was refused.';
comment on column ops.web_action.action is 'The method and the route, e.g. POST /alerts/acknowledge.';
comment on column ops.web_action.detail is 'What they sent, without secrets, and how it ended; without an end it is under way, or its process ended first.';
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
comment on column ops.window_rules.payment_days is 'Days that transactions and their payments are kept after their newest event.';
comment on view ops.worker_states is 'The workers and whether each is alive: not heard of for 20 s, it counts as lost. The one place where that is decided.';
comment on table ops.workers is 'One row a worker process, written at its start and every five seconds. Of those that have ended the newest 50 of each kind are kept.';
comment on column ops.workers.serves is 'What it works on: processors of a stream worker, task queues of a batch worker.';
comment on column ops.workers.problem is 'What its /healthz says is wrong; null when nothing is.';
comment on column ops.workers.stopped_at is 'When it ended by itself; null also for one that was killed.';
comment on function ops.acting() is 'Who acts and from where: person, proof, via, address, request.';
comment on function ops.add_audit(acting jsonb, recorded text, action text, object text, object_id text, before jsonb, after jsonb) is 'Writes an entry of the audit log.';
comment on function ops.add_order_members(days date[]) is 'Adds the members that the orders of these days refer to: suppliers and warehouses as they are now, unknown locations and products.';
comment on function ops.alert_accuracy_drop(as_of timestamp with time zone) is 'Forecasts of a store, or of all stores together (*), are less accurate than in training.';
comment on function ops.alert_audit_broken(as_of timestamp with time zone) is 'The audit log was changed.';
comment on function ops.alert_below_safety_stock(as_of timestamp with time zone) is 'A store has less of a product than its safety stock.';
comment on function ops.alert_currency(alert ops.alert) is 'The currency of an alert''s impact: the currency in its evidence (an order, a warehouse), else that of the store; null if unknown.';
comment on function ops.alert_expedite(as_of timestamp with time zone) is 'An order that arrives too late could still be rushed.';
comment on function ops.alert_expired_on_shelf(as_of timestamp with time zone) is 'Goods on a shelf are past their expiry date.';
comment on function ops.alert_feature_drift(as_of timestamp with time zone) is 'The features of a model differ from those in training, or a store sent no data.';
comment on function ops.alert_low_shelf(as_of timestamp with time zone) is 'A shelf is nearly empty.';
comment on function ops.alert_meaning(rule ops.alert_rule) is 'The meaning of a rule: the comment of its function, else the stored one.';
comment on function ops.alert_near_expiry(as_of timestamp with time zone) is 'Goods on a shelf will expire before they are sold.';
comment on function ops.alert_order_overdue(as_of timestamp with time zone) is 'An online order was not delivered by its promised time.';
comment on function ops.alert_overstock(as_of timestamp with time zone) is 'A store has more of a product than it will sell in a long time.';
comment on function ops.alert_phantom_stock(as_of timestamp with time zone) is 'A shelf is empty although its stock count is not; a cycle count is requested.';
comment on function ops.alert_price_mismatch(as_of timestamp with time zone) is 'A till charges a price that is not the current one.';
comment on function ops.alert_product_surge(as_of timestamp with time zone) is 'A product suddenly sells far more than usual.';
comment on function ops.alert_sales_drop(as_of timestamp with time zone) is 'A store sells far less than usual at this hour of this weekday.';
comment on function ops.alert_sales_spike(as_of timestamp with time zone) is 'A store sells far more than usual at this hour of this weekday.';
comment on function ops.alert_sensor_silent(as_of timestamp with time zone) is 'The store sells, but a shelf reports no pickups, or its doors count no people; or a device was lost.';
comment on function ops.alert_shrinkage(as_of timestamp with time zone) is 'A product is taken without payment more often than by accident.';
comment on function ops.alert_state_difference(as_of timestamp with time zone) is 'The live state differs from the raw lake: an event was lost or counted twice, or a row was changed by hand.';
comment on function ops.alert_stock_out(as_of timestamp with time zone) is 'A shelf is empty while the store sells.';
comment on function ops.alert_stock_out_risk(as_of timestamp with time zone) is 'A shelf will probably be empty before the next delivery.';
comment on function ops.alert_store_missing(as_of timestamp with time zone) is 'No data arrives from a store that should be open.';
comment on function ops.alert_supplier_delay(as_of timestamp with time zone) is 'A supplier''s delivery is late, short, damaged or missing, or the supplier did not receive an order or its cancellation.';
comment on function ops.alert_suspicious_refunds(as_of timestamp with time zone) is 'Money was paid back without goods, beyond what was paid, or much more often than elsewhere.';
comment on function ops.alert_till_difference(as_of timestamp with time zone) is 'A till has reported other sales than are loaded.';
comment on function ops.alert_till_silent(as_of timestamp with time zone) is 'People are in the store, but its tills report no sales.';
comment on function ops.alert_unpaid_sales(as_of timestamp with time zone) is 'Sales by card were not paid.';
comment on function ops.alert_unsent_messages(as_of timestamp with time zone) is 'Messages do not reach Kafka: they were set aside, or sending to their topic fails.';
comment on function ops.alert_unsent_notifications(as_of timestamp with time zone) is 'Notifications on a route fail: the last one is dead.';
comment on function ops.alert_unusual_sale(as_of timestamp with time zone) is 'A sale differs from others: by its quantity, price, discount or hour.';
comment on function ops.alert_weight_discrepancy(as_of timestamp with time zone) is 'A shelf''s weight does not match its stock count.';
comment on function ops.alert_work_retried(as_of timestamp with time zone) is 'An activity of a workflow fails again and again.';
comment on function ops.audit_by(entry jsonb, of jsonb) is 'Who a row says has changed it.';
comment on function ops.audit_changes() is 'Writes what a statement changed in a table to the audit log.';
comment on function ops.audit_difference(before jsonb, after jsonb, of jsonb, watched jsonb) is 'The columns of a row that differ from what it was, of the watched ones (an array of names, or a row that has them).';
comment on function ops.audit_hash(before bytea, entry ops.audit) is 'The hash of an entry after the one with this hash; null: it is the first.';
comment on function ops.audit_key(entry jsonb, key jsonb) is 'The values of key columns, separated by slashes.';
comment on function ops.audit_text(entry ops.audit) is 'An entry as it is hashed: JSON of PostgreSQL''s canonical form, in UTF-8.';
comment on function ops.cell_is_planned(plan text, asset text, date date) is 'Whether a cell of a backfill is still to build. Volatile: a statement that has waited for a lock sees what was committed meanwhile.';
comment on function ops.confirm_events(as_of timestamp with time zone, limit_rows integer) is 'Marks steps as done when their events have come back through Kafka.';
comment on function ops.decimal_text(quantity numeric) is 'A decimal as events carry it.';
comment on function ops.decision_id(kind text, VARIADIC parts text[]) is 'An id that follows from what it is about: deciding the same thing again gives the same id.';
comment on function ops.declare_shrinkage(as_of timestamp with time zone, limit_rows integer) is 'Goods that were taken and not paid by the end of the visit count as lost; a late sale reverses that.';
comment on function ops.discount_near_expiry(as_of timestamp with time zone, limit_rows integer) is 'Marks down lots near their expiry, and restores the price when the lot is gone.';
comment on function ops.emit(topic text, key text, payload jsonb) is 'Sends a message to Kafka if and when this transaction commits.';
comment on function ops.end_long_reads(transaction_max interval, waiting_max interval) is 'Ends sessions of readers whose statement or transaction takes longer than they may, whatever they have set for themselves.';
comment on function ops.end_web_action(own_action bigint, how text) is 'Adds how an action of the acting person ended, once: `done`, or why it was refused.';
comment on function ops.envelope(event_id text, place text, as_of timestamp with time zone, schema_version integer) is 'What every event begins with, told in the place''s own time.';
comment on function ops.expire_transfers(as_of timestamp with time zone) is 'Expires transfers that were not approved in time, or that had no stock left.';
comment on function ops.expiring_lots(until date) is 'Lots on a shelf that expire up to a day.';
comment on function ops.fill_order_facts(as_of timestamp with time zone, limit_rows integer) is 'Replaces each day of order facts whose orders have changed.';
comment on function ops.goods_topic(location text) is 'The topic for goods in and out of a location: inventory_updates for a store that fills no shelves of other stores, else warehouse_events.';
comment on function ops.hours_shown(local_hour timestamp without time zone, zone text) is 'How long an hour of a local day lasts, in hours: 1; at a clock change also 0, 0.5, 1.5 or 2.';
comment on function ops.invoice_content(lines jsonb) is 'An invoice''s lines in one form: [product, price of a unit, units], whatever order they came in.';
comment on function ops.invoice_in_words(content jsonb) is 'The first lines of an invoice''s content, for a message.';
comment on function ops.is_audited(acting jsonb, entry jsonb, of jsonb) is 'Whether a row is the work of a person, where only that is kept.';
comment on function ops.job_lock(job text) is 'The advisory lock of a running job.';
comment on function ops.judge_order_edits(as_of timestamp with time zone, limit_rows integer) is 'Compares edited lines with the sales of the days that they had to cover.';
comment on function ops.judged_refunds(since timestamp with time zone, as_of timestamp with time zone) is 'Refunds and returns with what they belong to, and why they are suspicious: no_goods, more_than_paid, high_risk.';
comment on function ops.link_audit() is 'Adds an entry to the chain.';
comment on function ops.list_price(of_store text, of_product text, as_of timestamp with time zone) is 'What a unit costs in a store before promotions and markdowns: the newest regular price, else the price of its sales; null if unknown.';
comment on function ops.local_instant(instant timestamp with time zone, time_zone text) is 'An instant with the offset of a time zone, as events carry it: 2017-03-01T18:05:00.000-05:00.';
comment on function ops.lock_job(job text) is 'Waits until no other transaction runs the job. The job then reads the result of the run before, and decides nothing twice.';
comment on function ops.low_watermark(of_processor text, as_of timestamp with time zone, of_topic text) is 'The lowest watermark of a processor''s partitions, of one topic or of all. A partition that has been silent moves on at the pace of the clock; one that was never heard of is left out. Null when none was.';
comment on function ops.merge_suppliers(named text[]) is 'Adds and corrects every supplier of the catalogue, and those named that are in none.';
comment on function ops.move_transfers(as_of timestamp with time zone, limit_rows integer) is 'Moves approved transfers from one location to another; transfers that are not approved in time expire.';
comment on function ops.movement_applied(topic text, event_id text, event_date date) is 'Whether an event of goods in or out is in the live state.';
comment on function ops.near_expiry_days_max() is 'The highest near_expiry_days of all policies.';
comment on function ops.newest_drift() is 'The newest drift measurements of each model''s champion; none of versions that have been replaced.';
comment on function ops.now() is 'What time it is for the business: the simulated clock when a simulation runs, else the real one.';
comment on function ops.observe_alerts(as_of timestamp with time zone, limit_rows integer) is 'Compares the causes that hold now with the open alerts: new causes open alerts, known ones update them, absent ones resolve them.';
comment on function ops.observe_rule(rule ops.alert_rule, as_of timestamp with time zone, limit_rows integer) is 'Evaluates one rule for ops.observe_alerts.';
comment on function ops.overdue_plans(as_of timestamp with time zone) is 'Supplier plans that are overdue, and plans that replace one that was delivered in part or not at all: causes of supplier_delay.';
comment on function ops.pick_restock(as_of timestamp with time zone, limit_rows integer) is 'Picks open plans in the warehouse, lot by lot, first expired first out.';
comment on function ops.places_ahead() is 'Stores and warehouses with events later than the start of the simulated clock; none with the real clock.';
comment on function ops.plan_restock(as_of timestamp with time zone, limit_rows integer) is 'Plans to fill a shelf up to the policy''s restock_to when it holds less than restock_below.';
comment on function ops.plan_supply(as_of timestamp with time zone, limit_rows integer) is 'Requests a product from the supplier when a warehouse has less than its reorder point.';
comment on function ops.price_without_markdown(of_store text, of_product text, as_of timestamp with time zone) is 'What a unit costs in a store without markdown: the newest regular or promotional price, with its promotion; no row if unknown.';
comment on function ops.prune(as_of timestamp with time zone, limit_rows integer) is 'Deletes old rows, so that the live state stays small.';
comment on function ops.prune_windows(as_of timestamp with time zone, row_limit integer) is 'Forgets windows, sale lines, prices, orders and payments that are older than ops.window_rules keeps them, counted from the watermark of sales_windows, never from the clock alone; at most row_limit days or rows of a table. Returns how many.';
comment on function ops.publish_movement(topic text, event_id text, place text, product text, batch_id text, expires_on date, quantity numeric, destination text, transfer_id text, as_of timestamp with time zone) is 'Publishes the goods that a transfer takes out of a location or brings into one.';
comment on function ops.publish_purchase_order(wanted text) is 'Publishes the current state of a purchase order.';
comment on function ops.publish_restock_plan(plan ops.restock_plan) is 'Publishes the state of a restock plan.';
comment on function ops.publish_supplier_plan(plan ops.supplier_plan) is 'Publishes the state of a supplier plan.';
comment on function ops.queue_alias() is 'Queues changes of the champion for MLflow, in the transaction that makes them.';
comment on function ops.queue_lineage() is 'Queues the OpenLineage events of runs that have ended, in the transaction that ends them.';
comment on function ops.queue_version() is 'Queues versions for MLflow, in the transaction that registers them.';
comment on function ops.record_action(action text, object text, object_id text, before jsonb, after jsonb) is 'Writes an entry for what changes no audited table: a sign-in, a schedule, access to personal data.';
comment on function ops.refill_shelves(as_of timestamp with time zone, limit_rows integer) is 'Puts picked goods on the shelf after the policy''s delay.';
comment on function ops.refresh_sales_rates(as_of timestamp with time zone, limit_rows integer) is 'Computes what each product sells on an average day, for the impact of alerts and for order quantities.';
comment on function ops.refuse_change() is 'For tables that rows are only added to.';
comment on function ops.remove_expired(as_of timestamp with time zone, limit_rows integer) is 'Removes expired lots from shelves and warehouses as waste.';
comment on function ops.request_counts(as_of timestamp with time zone, limit_rows integer) is 'Requests a count of each shelf with phantom stock, and closes requests that are done.';
comment on function ops.restock_below_max() is 'The highest fill ratio at which any policy restocks.';
comment on function ops.run_minute_job(wanted text, as_of timestamp with time zone, limit_rows integer) is 'Runs one job if it is due and not running, and records the result. A failure is recorded, not raised; the job''s changes are rolled back.';
comment on function ops.run_minute_jobs(as_of timestamp with time zone, limit_rows integer) is 'Runs every job in order; one row per job. It is one transaction: while processors run, call run_minute_job for each job instead, as the workflow does.';
comment on function ops.settle_holds(as_of timestamp with time zone, limit_rows integer) is 'A pickup that is held longer than the policy''s hold_seconds counts as taken.';
comment on function ops.severity_rank(severity text) is '1 for info, 2 for warning, 3 for critical.';
comment on function ops.shelves_up_to(share numeric) is 'Shelves that hold at most this share of their capacity.';
comment on function ops.silent_stores(as_of timestamp with time zone) is 'Stores without a sale in a time in which they usually sell, and when their doors or shelves last reported.';
comment on function ops.store_is_open(of_store text, as_of timestamp with time zone) is 'Whether a store is open by its opening hours; null: those of the day are not known.';
comment on function ops.time_zone_of(place text) is 'The time zone of a store; a place that is no store has UTC.';
comment on function ops.unpaid_sales(since timestamp with time zone, as_of timestamp with time zone) is 'Sales by card or mobile that were not paid in full, an hour before the newest report of their store''s provider or earlier.';
comment on function ops.unusual_hours(as_of timestamp with time zone) is 'The newest complete hour of each store, what is usual, and the difference in standard deviations.';
comment on function ops.usual_hours(of_store text, from_hour timestamp without time zone, to_hour timestamp without time zone) is 'What a store usually sells in each hour: the mean of the same hour of the same weekday in the four weeks before, without incidents and, where three weeks are left, without days of promotions. The hour itself is not included.';
comment on function ops.was_applied(processor text, topic text, event_id text, event_date date) is 'Whether a processor has put the effects of an event into the live state.';
comment on function ops.weighed_shelves(as_of timestamp with time zone) is 'Shelves by their scales: those that were weighed after every other event of the shelf, within the last day.';
