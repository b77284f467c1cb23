-- Made by `npm run schema` from a freshly migrated database; a test fails when it is out of date.
-- The contents of sql/views, sql/functions, sql/jobs, sql/alerts and sql/comments, and the rights of processes (docs/rights.md), are not repeated here.

-- Schemas

create schema state;

-- Tables

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

create table state.device (
  device_id text collate "C" not null,
  store_id text collate "C" not null,
  sensor text not null,
  shelf_id text collate "C",
  status text not null,
  session_id text collate "C" not null,
  connected_at timestamp with time zone not null,
  status_at timestamp with time zone not null,
  reason text,
  reported text,
  reported_topic text,
  reported_at timestamp with time zone,
  updated_at timestamp with time zone default now() not null,
  constraint device_pkey PRIMARY KEY (device_id),
  constraint device_status_check CHECK (status = ANY (ARRAY['connected'::text, 'alive'::text, 'disconnected'::text, 'lost'::text]))
);

create table state.event_ids (
  event_date date not null,
  event_key uuid not null,
  constraint event_ids_pkey PRIMARY KEY (event_date, event_key)
) partition by RANGE (event_date);

create table state.event_ids_before_2000 partition of state.event_ids FOR VALUES FROM (MINVALUE) TO ('2000-01-01');

create table state.lane (
  store_id text collate "C" not null,
  lane_id text collate "C" not null,
  kind text,
  status text not null,
  till_id text collate "C",
  queue_length integer,
  status_at timestamp with time zone not null,
  updated_at timestamp with time zone default now() not null,
  constraint lane_pkey PRIMARY KEY (store_id, lane_id),
  constraint lane_queue_length_check CHECK (queue_length >= 0),
  constraint lane_status_check CHECK (status = ANY (ARRAY['open'::text, 'closed'::text, 'fault'::text]))
);

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

create table state.online_order_line (
  store_id text collate "C" not null,
  order_id text collate "C" not null,
  line_no integer not null,
  product_id text collate "C" not null,
  ordered numeric not null,
  cancelled numeric not null,
  picked numeric not null,
  returned numeric not null,
  first_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  updated_at timestamp with time zone default now() not null,
  constraint online_order_line_pkey PRIMARY KEY (store_id, order_id, line_no, product_id)
) with (fillfactor=70);

create table state.payment (
  store_id text collate "C" not null,
  transaction_id text collate "C" not null,
  authorised numeric not null,
  voided numeric not null,
  captured numeric not null,
  refunded numeric not null,
  charged_back numeric not null,
  charge_backs_won numeric not null,
  declines integer not null,
  risk_score integer,
  first_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  updated_at timestamp with time zone default now() not null,
  constraint payment_pkey PRIMARY KEY (store_id, transaction_id)
) with (fillfactor=70);

create table state.payment_day (
  store_id text collate "C" not null,
  payment_date date not null,
  authorised numeric not null,
  voided numeric not null,
  captured numeric not null,
  refunded numeric not null,
  charged_back numeric not null,
  charge_backs_won numeric not null,
  captures integer not null,
  declines integer not null,
  refunds integer not null,
  charge_backs integer not null,
  updated_at timestamp with time zone default now() not null,
  constraint payment_day_pkey PRIMARY KEY (store_id, payment_date)
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

create table state.price_answer (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  reason text not null,
  depth_step smallint not null,
  sold double precision not null,
  expected double precision not null,
  constraint price_answer_depth_step_check CHECK (depth_step >= 1 AND depth_step <= 36),
  constraint price_answer_pkey PRIMARY KEY (store_id, product_id, reason, depth_step),
  constraint price_answer_reason_check CHECK (reason = ANY (ARRAY['promotion'::text, 'markdown'::text]))
) with (fillfactor=80);

create table state.price_learnt (
  store_id text collate "C" not null,
  learnt_through date not null,
  constraint price_learnt_pkey PRIMARY KEY (store_id)
);

create table state.price_response (
  level text not null,
  category text not null,
  member_id text collate "C" not null,
  elasticity double precision not null,
  error double precision not null,
  sold double precision not null,
  expected double precision not null,
  promotion_factor double precision,
  dispersion double precision,
  learnt_on date not null,
  constraint price_response_level_check CHECK (level = ANY (ARRAY['all'::text, 'category'::text, 'product'::text, 'store'::text])),
  constraint price_response_pkey PRIMARY KEY (level, category, member_id)
);

create table state.price_usual (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  units double precision not null,
  exposure double precision not null,
  days double precision not null,
  squares double precision not null,
  squares_expected double precision not null,
  constraint price_usual_pkey PRIMARY KEY (store_id, product_id)
) with (fillfactor=80);

create table state.refund (
  store_id text collate "C" not null,
  transaction_id text collate "C" not null,
  till_id text collate "C" not null,
  cashier_id text collate "C" not null,
  amount numeric not null,
  refunds integer not null,
  first_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  updated_at timestamp with time zone default now() not null,
  constraint refund_pkey PRIMARY KEY (store_id, transaction_id, till_id, cashier_id)
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

create table state.sale_transaction (
  store_id text collate "C" not null,
  transaction_id text collate "C" not null,
  sold numeric not null,
  returned numeric not null,
  lines integer not null,
  till_id text collate "C",
  cashier_id text collate "C",
  original_transaction_id text collate "C",
  first_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  updated_at timestamp with time zone default now() not null,
  constraint sale_transaction_pkey PRIMARY KEY (store_id, transaction_id)
) with (fillfactor=80);

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

create table state.warehouse_sales_rate (
  warehouse_id text collate "C" not null,
  product_id text collate "C" not null,
  units_per_day numeric not null,
  updated_at timestamp with time zone default now() not null,
  constraint warehouse_sales_rate_pkey PRIMARY KEY (warehouse_id, product_id)
);

create table state.window_event (
  event_day date not null,
  event_key uuid not null,
  constraint window_event_pkey PRIMARY KEY (event_day, event_key)
) partition by RANGE (event_day);

-- Indexes

CREATE INDEX baskets_held ON state.basket USING btree (store_id, product_id, last_pick_at) WHERE ((picked > sold) AND (taken_at IS NULL));
CREATE INDEX baskets_lost ON state.basket USING btree (lost_at) WHERE (lost > (0)::numeric);
CREATE INDEX baskets_unpaid ON state.basket USING btree (last_event_at) WHERE ((picked > sold) AND (lost_at IS NULL));
CREATE INDEX baskets_unpicked ON state.basket USING btree (last_event_at) WHERE (unpicked > (0)::numeric);
CREATE INDEX device_by_store ON state.device USING btree (store_id, device_id);
CREATE INDEX online_order_line_by_age ON state.online_order_line USING btree (last_at);
CREATE INDEX online_order_line_open ON state.online_order_line USING btree (store_id, product_id) WHERE (ordered > (cancelled + picked));
CREATE INDEX online_orders_by_age ON state.online_order USING btree (last_event_at);
CREATE INDEX online_orders_promised ON state.online_order USING btree (promised_at) WHERE ((delivered_at IS NULL) AND (cancelled_at IS NULL));
CREATE INDEX payment_by_age ON state.payment USING btree (last_at);
CREATE INDEX payment_by_store ON state.payment USING btree (store_id, last_at);
CREATE INDEX payment_charge_backs ON state.payment USING btree (last_at) WHERE (charged_back > (0)::numeric);
CREATE INDEX refund_by_age ON state.refund USING btree (last_at);
CREATE INDEX sale_line_newest ON ONLY state.sale_line USING brin (sold_at) WITH (pages_per_range='16');
CREATE INDEX sale_line_product ON ONLY state.sale_line USING btree (store_id, product_id, sold_at);
CREATE INDEX sale_transaction_by_age ON state.sale_transaction USING btree (last_at);
CREATE INDEX sale_transaction_original ON state.sale_transaction USING btree (store_id, original_transaction_id) WHERE (original_transaction_id IS NOT NULL);
CREATE INDEX sale_transaction_returns ON state.sale_transaction USING btree (last_at) WHERE (returned > (0)::numeric);
CREATE INDEX shelf_lots_by_expiry ON state.shelf_lot USING btree (expires_on, store_id, product_id, batch_id);
CREATE INDEX stock_movement_product ON ONLY state.stock_movement USING btree (store_id, product_id, moved_at);
CREATE INDEX stock_out_risk_money ON state.stock_out_risk USING btree (money_at_risk DESC) WHERE (money_at_risk >= (1)::numeric);
CREATE INDEX warehouse_lots_by_expiry ON state.warehouse_lot USING btree (expires_on, warehouse_id, product_id, batch_id);

-- Functions

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

CREATE OR REPLACE FUNCTION state.forget_aged(target text, before date, rows_max integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  forgotten bigint;
begin
  insert into state.retention values (target, before)
  on conflict (table_name) do update set forgotten_before = greatest(retention.forgotten_before, excluded.forgotten_before);
  execute format(
    'delete from state.%1$I where ctid = any (array(select ctid from state.%1$I where last_at < $1 order by last_at limit $2))', target
  ) using before::timestamp at time zone 'UTC', rows_max;
  get diagnostics forgotten = row_count;
  return forgotten;
end;
$function$
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

CREATE OR REPLACE FUNCTION state.sum_warehouse_rates(warehouses text[])
 RETURNS void
 LANGUAGE sql
AS $function$
  delete from state.warehouse_sales_rate where warehouse_id = any (warehouses);
  insert into state.warehouse_sales_rate (warehouse_id, product_id, units_per_day)
  select shelves.warehouse_id, shelves.product_id, sum(rate.units_per_day)
  from ref.shelves
  join state.sales_rate as rate using (store_id, product_id)
  where shelves.warehouse_id = any (warehouses)
  group by shelves.warehouse_id, shelves.product_id
$function$
;

-- Views

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

create view state.online_reserved with (security_invoker=true) as
 SELECT store_id,
    product_id,
    sum(ordered - cancelled - picked) AS reserved,
    count(DISTINCT order_id) AS orders
   FROM state.online_order_line line
  WHERE ordered > (cancelled + picked) AND NOT (EXISTS ( SELECT
           FROM state.online_order whole
          WHERE whole.store_id = line.store_id AND whole.order_id = line.order_id AND COALESCE(whole.cancelled_at, whole.shipped_at, whole.delivered_at) IS NOT NULL))
  GROUP BY store_id, product_id;

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

alter table state.demand_pattern enable row level security;

create policy application on state.demand_pattern to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.demand_pattern for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.demand_profile enable row level security;

create policy application on state.demand_profile to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.demand_profile for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.device enable row level security;

create policy application on state.device to shelfline_app
  using (true)
  with check (true);

create policy by_engineers on state.device for select to shelfline_web
  using ((( SELECT ref.acting_role() AS acting_role) = ANY (ARRAY['data_engineer'::text, 'administrator'::text])));

create policy own_stores on state.device for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.lane enable row level security;

create policy application on state.lane to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.lane for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.online_order enable row level security;

create policy application on state.online_order to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.online_order for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.online_order_line enable row level security;

create policy application on state.online_order_line to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.online_order_line for select to bi_reader, shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.payment enable row level security;

create policy application on state.payment to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.payment for select to bi_reader, shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.payment_day enable row level security;

create policy application on state.payment_day to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.payment_day for select to bi_reader, shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.price enable row level security;

create policy application on state.price to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.price for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.price_answer enable row level security;

create policy application on state.price_answer to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.price_answer for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.price_learnt enable row level security;

create policy application on state.price_learnt to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.price_learnt for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.price_response enable row level security;

create policy application on state.price_response to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.price_response for select to shelfline_web
  using (((level <> 'store'::text) OR ( SELECT ref.sees_everything() AS sees_everything) OR (member_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.price_usual enable row level security;

create policy application on state.price_usual to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.price_usual for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.refund enable row level security;

create policy application on state.refund to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.refund for select to bi_reader, shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.sale_transaction enable row level security;

create policy application on state.sale_transaction to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.sale_transaction for select to bi_reader, shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.sales_day enable row level security;

create policy application on state.sales_day to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.sales_day for select to shelfline_web
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

create policy own_stores_of_readers on state.sales_day for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.sales_hour enable row level security;

create policy application on state.sales_hour to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.sales_hour for select to bi_reader
  using ((( SELECT ref.sees_everything() AS sees_everything) OR (store_id IN ( SELECT ref.visible_store_ids() AS visible_store_ids))));

alter table state.sales_rate enable row level security;

create policy application on state.sales_rate to shelfline_app
  using (true)
  with check (true);

create policy own_stores on state.sales_rate for select to shelfline_web
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

create policy own_stores on state.stock_out_risk for select to bi_reader
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

alter table state.warehouse_sales_rate enable row level security;

create policy application on state.warehouse_sales_rate to shelfline_app
  using (true)
  with check (true);

create policy everything on state.warehouse_sales_rate for select to shelfline_web
  using (( SELECT ref.sees_everything() AS sees_everything));

-- Grants

grant execute on function state.days_kept(parent text) to shelfline_app;
grant execute on function state.days_max() to shelfline_app;
grant execute on function state.drop_days(parent text, before date, days_max integer) to shelfline_app;
grant execute on function state.ensure_days(parents text[], dates date[]) to shelfline_app;
grant execute on function state.ensure_event_id_months(dates date[]) to shelfline_app;
grant execute on function state.event_key(topic text, event_id text) to public;
grant execute on function state.event_key(topic text, event_id text) to shelfline_app;
grant execute on function state.forget_aged(target text, before date, rows_max integer) to shelfline_app;
grant execute on function state.forget_baskets(before date, rows_max integer) to public;
grant execute on function state.forget_baskets(before date, rows_max integer) to shelfline_app;
grant execute on function state.forget_lots(before date, rows_max integer) to public;
grant execute on function state.forget_lots(before date, rows_max integer) to shelfline_app;
grant execute on function state.forget_orders(before timestamp with time zone, rows_max integer) to shelfline_app;
grant execute on function state.forget_prices(before date, rows_max integer) to shelfline_app;
grant execute on function state.many_days() to shelfline_app;
grant execute on function state.sum_warehouse_rates(warehouses text[]) to shelfline_app;
grant usage on schema state to shelfline_app;
grant usage on schema state to shelfline_web;
grant delete, insert, select, truncate, update on table state.availability to shelfline_app;
grant select on table state.availability to shelfline_web;
grant delete, insert, select, truncate, update on table state.availability_hour to shelfline_app;
grant delete, insert, select, truncate, update on table state.availability_model to shelfline_app;
grant select (store_id, product_id, picked, sold, taken_at) on table state.basket to bi_reader;
grant delete, insert, select, truncate, update on table state.basket to shelfline_app;
grant select on table state.basket to shelfline_web;
grant delete, insert, select, truncate, update on table state.demand_pattern to shelfline_app;
grant select on table state.demand_pattern to shelfline_web;
grant delete, insert, select, truncate, update on table state.demand_profile to shelfline_app;
grant select on table state.demand_profile to shelfline_web;
grant select on table state.device to bi_reader;
grant delete, insert, select, truncate, update on table state.device to shelfline_app;
grant select on table state.device to shelfline_web;
grant delete, insert, select, truncate, update on table state.enriched_sale to shelfline_app;
grant delete, insert, select, truncate, update on table state.event_ids to shelfline_app;
grant delete, insert, select, truncate, update on table state.event_ids_before_2000 to shelfline_app;
grant select on table state.lane to bi_reader;
grant delete, insert, select, truncate, update on table state.lane to shelfline_app;
grant delete, insert, select, truncate, update on table state.online_order to shelfline_app;
grant select (store_id, order_id, shipped_at, delivered_at, cancelled_at) on table state.online_order to shelfline_web;
grant delete, insert, select, truncate, update on table state.online_order_line to shelfline_app;
grant select on table state.online_order_line to shelfline_web;
grant delete, insert, select, truncate, update on table state.online_order_live to shelfline_app;
grant delete, insert, select, truncate, update on table state.online_reserved to shelfline_app;
grant select on table state.online_reserved to shelfline_web;
grant select (store_id, transaction_id, authorised, voided, captured, first_at, last_at, updated_at) on table state.payment to bi_reader;
grant delete, insert, select, truncate, update on table state.payment to shelfline_app;
grant select on table state.payment to shelfline_web;
grant select on table state.payment_day to bi_reader;
grant delete, insert, select, truncate, update on table state.payment_day to shelfline_app;
grant select on table state.payment_day to shelfline_web;
grant delete, insert, select, truncate, update on table state.price to shelfline_app;
grant select on table state.price to shelfline_web;
grant delete, insert, select, truncate, update on table state.price_answer to shelfline_app;
grant select on table state.price_answer to shelfline_web;
grant delete, insert, select, truncate, update on table state.price_learnt to shelfline_app;
grant select on table state.price_learnt to shelfline_web;
grant delete, insert, select, truncate, update on table state.price_response to shelfline_app;
grant select on table state.price_response to shelfline_web;
grant delete, insert, select, truncate, update on table state.price_usual to shelfline_app;
grant select on table state.price_usual to shelfline_web;
grant delete, insert, select, truncate, update on table state.refund to shelfline_app;
grant select on table state.refund to shelfline_web;
grant delete, insert, select, truncate, update on table state.retention to shelfline_app;
grant delete, insert, select, truncate, update on table state.sale_line to shelfline_app;
grant select (store_id, transaction_id, sold, returned, till_id, first_at, last_at, updated_at) on table state.sale_transaction to bi_reader;
grant delete, insert, select, truncate, update on table state.sale_transaction to shelfline_app;
grant select on table state.sale_transaction to shelfline_web;
grant select (store_id, product_id, sale_date, units) on table state.sales_day to bi_reader;
grant delete, insert, select, truncate, update on table state.sales_day to shelfline_app;
grant select on table state.sales_day to shelfline_web;
grant select on table state.sales_hour to bi_reader;
grant delete, insert, select, truncate, update on table state.sales_hour to shelfline_app;
grant delete, insert, select, truncate, update on table state.sales_rate to shelfline_app;
grant select on table state.sales_rate to shelfline_web;
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
grant select on table state.stock_out_risk to bi_reader;
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
grant delete, insert, select, truncate, update on table state.warehouse_sales_rate to shelfline_app;
grant select on table state.warehouse_sales_rate to shelfline_web;
grant delete, insert, select, truncate, update on table state.window_event to shelfline_app;

-- Default privileges

alter default privileges for role shelfline_migrate in schema state grant execute on functions to shelfline_app;
alter default privileges for role shelfline_migrate in schema state grant select, usage on sequences to shelfline_app;
alter default privileges for role shelfline_migrate in schema state grant delete, insert, select, truncate, update on tables to shelfline_app;

-- Comments

comment on schema state is 'Live state that the streams keep.';
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
comment on table state.device is 'What is known of each device: its newest connection, and the state that it has reported of itself.';
comment on column state.device.status is 'connected; alive: still connected, every five minutes; disconnected: it has ended its connection, or has set no last will; lost: the connection ended and its last will applied.';
comment on column state.device.session_id is 'Its newest connection.';
comment on column state.device.connected_at is 'When that connection began.';
comment on column state.device.status_at is 'When the status was found.';
comment on column state.device.reason is 'Why the connection ended.';
comment on column state.device.reported is 'What it last sent to devices/DEVICE/…, a text.';
comment on column state.device.reported_topic is 'The rest of that topic.';
comment on column state.device.reported_at is 'When it was sent.';
comment on column state.device.updated_at is 'When the row was last written.';
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
comment on table state.lane is 'The lanes of tills: open, closed or with a fault.';
comment on column state.lane.kind is 'staffed or self_checkout; null: not reported.';
comment on column state.lane.till_id is 'The till of the lane; null: not reported.';
comment on column state.lane.queue_length is 'People who wait; null: not counted.';
comment on column state.lane.status_at is 'When it last reported; the newest report applies.';
comment on column state.lane.updated_at is 'When the row was last written.';
comment on table state.online_order is 'When each online order was first said to have reached each step of its life.';
comment on column state.online_order.promised_at is 'When it is to be with the customer: the latest promise that was told.';
comment on column state.online_order.promise_told_at is 'When that was told.';
comment on column state.online_order.last_event_at is 'The newest event about it.';
comment on table state.online_order_line is 'Lines of online orders: units that were ordered, cancelled, picked and returned.';
comment on column state.online_order_line.ordered is 'Units that were ordered.';
comment on column state.online_order_line.cancelled is 'Units of that which were cancelled.';
comment on column state.online_order_line.picked is 'Units that were taken for the customer; the till sends them as a sale.';
comment on column state.online_order_line.returned is 'Units that the customer has sent back.';
comment on column state.online_order_line.first_at is 'The oldest event about it.';
comment on column state.online_order_line.last_at is 'The newest event about it.';
comment on column state.online_order_line.updated_at is 'When the row was last written.';
comment on view state.online_order_live is 'Online orders as they are now.';
comment on column state.online_order_live.status is 'The furthest step that was told, whether or not the steps before it were; an order that is cancelled after delivery stays delivered.';
comment on column state.online_order_live.is_overdue is 'Promised for a time that has passed, and neither delivered nor cancelled.';
comment on column state.online_order_live.overdue_for is 'How long after the promise it was delivered, or has been awaited until now; null where nothing was promised or it was cancelled.';
comment on view state.online_reserved is 'Units that online orders wait for, by store and product: neither picked nor cancelled, of orders that are not on their way.';
comment on column state.online_reserved.reserved is 'Units.';
comment on column state.online_reserved.orders is 'Orders that wait for them.';
comment on table state.payment is 'What providers have reported of the payments of each transaction: sums of money, in whatever order the events arrive.';
comment on column state.payment.authorised is 'Money that banks have reserved.';
comment on column state.payment.voided is 'Money of that which was set free.';
comment on column state.payment.captured is 'Money that was paid.';
comment on column state.payment.refunded is 'Money that was paid back.';
comment on column state.payment.charged_back is 'Money that banks have taken back for their customers.';
comment on column state.payment.charge_backs_won is 'Money of that which the store has got back.';
comment on column state.payment.declines is 'How often banks have declined.';
comment on column state.payment.risk_score is 'The highest score, 0 to 100; null: it was not scored.';
comment on column state.payment.first_at is 'The oldest event about it.';
comment on column state.payment.last_at is 'The newest event about it.';
comment on column state.payment.updated_at is 'When the row was last written.';
comment on table state.payment_day is 'Sums of what providers have reported, by store and day of the event.';
comment on column state.payment_day.payment_date is 'The store''s day of the event: a charge-back is of the day of the charge-back, not of the sale.';
comment on column state.payment_day.authorised is 'Money that banks have reserved.';
comment on column state.payment_day.voided is 'Money of that which was set free.';
comment on column state.payment_day.captured is 'Money that was paid.';
comment on column state.payment_day.refunded is 'Money that was paid back.';
comment on column state.payment_day.charged_back is 'Money that banks have taken back for their customers.';
comment on column state.payment_day.charge_backs_won is 'Money of that which the store has got back.';
comment on column state.payment_day.captures is 'Payments.';
comment on column state.payment_day.declines is 'Payments that banks have declined.';
comment on column state.payment_day.refunds is 'Refunds.';
comment on column state.payment_day.charge_backs is 'Charge-backs.';
comment on column state.payment_day.updated_at is 'When the row was last written.';
comment on table state.price is 'The prices of each product in each store, from when on they hold; of two that begin at once the one with the greater event id.';
comment on column state.price.reason is 'regular, promotion, markdown or correction.';
comment on table state.price_answer is 'What a product sold below its usual price, and what it would have sold at it; half is forgotten after half a year.';
comment on column state.price_answer.depth_step is 'How far below, in steps of 2.5 per cent.';
comment on table state.price_learnt is 'The last day of each store that is in state.price_usual and state.price_answer.';
comment on table state.price_response is 'How demand answers to prices: of all products, of a category, of a product, of a category in a store. Learnt once a day.';
comment on column state.price_response.category is 'Empty: of all, or of products without category.';
comment on column state.price_response.member_id is 'The product or the store; empty for the others.';
comment on column state.price_response.elasticity is 'A price that is 1 per cent lower sells this many per cent more.';
comment on column state.price_response.error is 'Its standard error.';
comment on column state.price_response.sold is 'Units that were sold below the usual price.';
comment on column state.price_response.expected is 'Units that would have been sold at it.';
comment on column state.price_response.promotion_factor is 'What a promotion sells over the same price without one; of categories.';
comment on column state.price_response.dispersion is 'Variance of a day''s units over their mean; of categories.';
comment on column state.price_response.learnt_on is 'Day in UTC.';
comment on table state.price_usual is 'What a product sells at its usual price: sums over its days, of which half is forgotten after four weeks.';
comment on column state.price_usual.exposure is 'Visitors of the store × the probability that the product was there.';
comment on column state.price_usual.days is 'Days with any exposure.';
comment on column state.price_usual.squares is 'Squared differences from what was expected; half is forgotten after half a year, as of squares_expected.';
comment on column state.price_usual.squares_expected is 'Units that were expected on these days.';
comment on table state.refund is 'What was paid back for each transaction, by till and cashier.';
comment on column state.refund.transaction_id is 'The return, or the original sale.';
comment on column state.refund.till_id is 'Empty: not reported.';
comment on column state.refund.cashier_id is 'Empty: not reported.';
comment on column state.refund.amount is 'Money.';
comment on column state.refund.refunds is 'How many refunds that was.';
comment on column state.refund.first_at is 'The oldest of them.';
comment on column state.refund.last_at is 'The newest of them.';
comment on column state.refund.updated_at is 'When the row was last written.';
comment on table state.retention is 'Up to which day live state was forgotten; what is older is not held against the raw lake.';
comment on column state.retention.forgotten_before is 'The first day that is kept.';
comment on table state.sale_line is 'Sale lines of the last days as the tills sent them; read through state.enriched_sale.';
comment on column state.sale_line.sale_date is 'The store''s day.';
comment on column state.sale_line.event_key is 'Hash of the event''s id: a second copy is a duplicate.';
comment on column state.sale_line.unit_price is 'List price of a unit as the till has it.';
comment on column state.sale_line.discount is 'Money taken off the line.';
comment on column state.sale_line.net_amount is 'Money paid for the line, by the till or else quantity × unit_price − discount.';
comment on table state.sale_transaction is 'What was sold by card or mobile, and what was taken back, in each transaction of the last weeks.';
comment on column state.sale_transaction.sold is 'Money for the lines that were sold by card or mobile.';
comment on column state.sale_transaction.returned is 'Money for the lines that were taken back, however they were paid; positive.';
comment on column state.sale_transaction.lines is 'These lines.';
comment on column state.sale_transaction.cashier_id is 'The cashier, where the till sends it.';
comment on column state.sale_transaction.original_transaction_id is 'For a return: the sale, where the till sends it.';
comment on column state.sale_transaction.first_at is 'The oldest of its lines.';
comment on column state.sale_transaction.last_at is 'The newest of its lines.';
comment on column state.sale_transaction.updated_at is 'When the row was last written.';
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
comment on table state.warehouse_sales_rate is 'What the stores that a warehouse refills sell of a product on an average day: state.sales_rate, summed by the job that writes it.';
comment on table state.window_event is 'The events that the windows are made from, so that a second copy is a duplicate. As long as five-minute windows are kept.';
comment on column state.window_event.event_day is 'The UTC day on which the event''s hour began.';
comment on function state.days_kept(parent text) is 'Days behind the watermark for which a table that is partitioned by days keeps its rows (ops.window_rules).';
comment on function state.days_max() is 'Days that a table that is partitioned by days may have: an event of one more is refused.';
comment on function state.drop_days(parent text, before date, days_max integer) is 'Forgets the days before the given one: drops so many partitions at most, the oldest first, and returns how many.';
comment on function state.ensure_days(parents text[], dates date[]) is 'Makes the daily partitions that events of the given stores'' days need, except of days that were forgotten, and keeps them from being dropped until the transaction ends. With very many days, days that are past what is kept are forgotten at once; 2,500 is the most.';
comment on function state.ensure_event_id_months(dates date[]) is 'Makes the monthly partitions of state.event_ids that the given days need.';
comment on function state.event_key(topic text, event_id text) is 'The key under which an event is remembered.';
comment on function state.forget_aged(target text, before date, rows_max integer) is 'Deletes rows of a table with the column last_at of which nothing is known since the given day, at most rows_max, and returns how many.';
comment on function state.forget_baskets(before date, rows_max integer) is 'Deletes baskets of days before the given one, so many at most, and returns how many. Their sales stay in the shelves'' sums; an event of such a day that comes later counts as a basket of its own.';
comment on function state.forget_lots(before date, rows_max integer) is 'Deletes lots that are used up and did not move since the given day, so many of shelves and of warehouses at most, and returns how many.';
comment on function state.forget_orders(before timestamp with time zone, rows_max integer) is 'Deletes orders that nothing was heard of since the given time, so many at most, and returns how many.';
comment on function state.forget_prices(before date, rows_max integer) is 'Deletes prices that no line from the given day on can meet, so many at most, and returns how many.';
comment on function state.many_days() is 'Days that a table may have before days that are past what is kept are forgotten at once.';
comment on function state.sum_warehouse_rates(warehouses text[]) is 'Sums again what the stores of these warehouses sell a day.';
