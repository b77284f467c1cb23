-- The public contract: what Power BI and everyone outside reads. Tables may change behind these views.
--
-- Every view runs with its reader's rights (security_invoker), so that the policies on the tables hold. Instants are shown
-- as `timestamp` in UTC, because Power BI's date/time has no zone. Every view has `updated_at`, by which an incremental
-- refresh detects what changed, and every fact has its date, by which it is cut into ranges (docs/power-bi.md).

create view bi.dim_date with (security_invoker = true) as
select
  calendar_date, date_key, year, quarter, month, month_name, year_month, month_start, iso_year, iso_week, week_start,
  day_of_month, day_of_year, day_of_week, day_name, is_weekend, is_month_end,
  updated_at at time zone 'UTC' as updated_at
from analytics.dim_date;

create view bi.dim_store with (security_invoker = true) as
select
  store_key, store_id, name, region, country, currency, time_zone,
  valid_from at time zone 'UTC' as valid_from,
  valid_to at time zone 'UTC' as valid_to,
  is_current, is_unknown,
  updated_at at time zone 'UTC' as updated_at
from analytics.dim_store;

create view bi.dim_product with (security_invoker = true) as
select
  product_key, product_id, name, category, department, brand, package_size,
  valid_from at time zone 'UTC' as valid_from,
  valid_to at time zone 'UTC' as valid_to,
  is_current, is_unknown,
  updated_at at time zone 'UTC' as updated_at
from analytics.dim_product;

create view bi.dim_price with (security_invoker = true) as
select
  dim_store.store_key,
  dim_product.product_key,
  dim_price.valid_from at time zone 'UTC' as valid_from,
  dim_price.valid_to at time zone 'UTC' as valid_to,
  dim_price.is_current,
  dim_price.price,
  dim_price.reason,
  dim_price.promotion_id,
  dim_price.is_synthetic,
  dim_price.updated_at at time zone 'UTC' as updated_at
from analytics.dim_price
join analytics.dim_store on dim_store.store_id = dim_price.store_id and dim_store.is_current
join analytics.dim_product on dim_product.product_id = dim_price.product_id and dim_product.is_current;

create view bi.dim_supplier with (security_invoker = true) as
select supplier_key, supplier_id, name, country, lead_time_days, is_unknown, updated_at at time zone 'UTC' as updated_at
from analytics.dim_supplier;

create view bi.fact_sales with (security_invoker = true) as
select
  sale_date, store_key, product_key, transaction_id, line_no, event_id, quantity, unit_price, discount_amount, gross_amount,
  net_amount, is_return, is_promoted, is_synthetic, original_transaction_id, original_line_no, original_sale_date,
  customer_id, payment_method, source,
  sold_at at time zone 'UTC' as sold_at,
  known_at at time zone 'UTC' as known_at,
  updated_at at time zone 'UTC' as updated_at
from analytics.fact_sales;

create view bi.fact_inventory with (security_invoker = true) as
select
  inventory_date, store_key, product_key, opening_quantity, received_quantity, sold_quantity, adjusted_quantity,
  closing_quantity, is_synthetic,
  updated_at at time zone 'UTC' as updated_at
from analytics.fact_inventory;

create view bi.fact_foot_traffic with (security_invoker = true) as
select traffic_date, store_key, hour_of_day, entries, exits, is_synthetic, updated_at at time zone 'UTC' as updated_at
from analytics.fact_foot_traffic;

create view bi.fact_stockout with (security_invoker = true) as
select
  stockout_date, store_key, product_key, out_of_stock_minutes, lost_quantity, is_observed, is_synthetic,
  updated_at at time zone 'UTC' as updated_at
from analytics.fact_stockout;

create view bi.fact_forecast with (security_invoker = true) as
select
  forecast_date, target_date, store_key, product_key, model_name, model_version, mean_quantity, p10_quantity,
  p50_quantity, p90_quantity,
  updated_at at time zone 'UTC' as updated_at
from analytics.fact_forecast;

create view bi.fact_purchase_order with (security_invoker = true) as
select
  order_date, purchase_order_id, line_no, supplier_key, store_key, product_key, status, ordered_quantity,
  received_quantity, damaged_quantity, unit_cost, expected_date,
  received_at at time zone 'UTC' as received_at,
  updated_at at time zone 'UTC' as updated_at
from analytics.fact_purchase_order;

create view bi.sales_by_store_day with (security_invoker = true) as
select
  sale_date, store_key, transactions, lines, customers, quantity, gross_amount, discount_amount, net_amount,
  promoted_net_amount, return_lines, returned_quantity, returned_amount,
  updated_at at time zone 'UTC' as updated_at
from analytics.sales_by_store_day;

create view bi.sales_by_category_day with (security_invoker = true) as
select
  sale_date, store_key, department, category, transactions, lines, quantity, gross_amount, discount_amount, net_amount,
  promoted_net_amount,
  updated_at at time zone 'UTC' as updated_at
from analytics.sales_by_category_day;

create view bi.store_hour with (security_invoker = true) as
select
  coalesce(sales.sale_date, traffic.traffic_date) as business_date,
  coalesce(sales.store_key, traffic.store_key) as store_key,
  coalesce(sales.hour_of_day, traffic.hour_of_day) as hour_of_day,
  coalesce(sales.transactions, 0) as transactions,
  coalesce(sales.lines, 0) as lines,
  coalesce(sales.quantity, 0) as quantity,
  coalesce(sales.net_amount, 0) as net_amount,
  traffic.entries,
  traffic.exits,
  round(sales.transactions::numeric / nullif(traffic.entries, 0), 4) as conversion_rate,
  coalesce(traffic.is_synthetic, false) as is_traffic_synthetic,
  greatest(sales.updated_at, traffic.updated_at) at time zone 'UTC' as updated_at
from analytics.sales_by_store_hour as sales
full join analytics.fact_foot_traffic as traffic
  on traffic.traffic_date = sales.sale_date
  and traffic.store_key = sales.store_key
  and traffic.hour_of_day = sales.hour_of_day;

create view bi.stock_cover with (security_invoker = true) as
select
  store_key, product_key, on_hand_quantity, sold_quantity, daily_quantity, days_of_cover, measured_on,
  updated_at at time zone 'UTC' as updated_at
from analytics.stock_cover;

create view bi.live_stock with (security_invoker = true) as
select
  dim_store.store_key,
  dim_product.product_key,
  stock.on_hand as on_hand_quantity,
  stock.updated_at at time zone 'UTC' as updated_at
from state.stock
join analytics.dim_store on dim_store.store_id = stock.store_id and dim_store.is_current
join analytics.dim_product on dim_product.product_id = stock.product_id and dim_product.is_current;

create view bi.live_sales_hour with (security_invoker = true) as
select
  dim_store.store_key,
  sales_hour.sale_hour::date as sale_date,
  sales_hour.sale_hour,
  sales_hour.lines,
  sales_hour.units as quantity,
  sales_hour.revenue as net_amount,
  sales_hour.returned_units as returned_quantity,
  sales_hour.returned_revenue as returned_amount,
  sales_hour.updated_at at time zone 'UTC' as updated_at
from state.sales_hour
join analytics.dim_store on dim_store.store_id = sales_hour.store_id and dim_store.is_current;

create view bi.data_freshness with (security_invoker = true) as
select
  asset,
  min(date) filter (where succeeded_at is not null) as first_date,
  max(date) filter (where succeeded_at is not null) as last_date,
  count(*) filter (where succeeded_at is not null) as dates_ready,
  count(*) filter (where status = 'failed') as dates_failed,
  count(*) filter (where status = 'running') as dates_running,
  max(succeeded_at) at time zone 'UTC' as refreshed_at,
  max(greatest(started_at, succeeded_at)) at time zone 'UTC' as updated_at
from ops.partition_ledger
group by asset;

create view bi.pipeline_runs with (security_invoker = true) as
select
  run, asset, date as business_date, status, reason, error, workflow_id, run_id as temporal_run_id, code_version, rows,
  bytes, duration_ms,
  started_at at time zone 'UTC' as started_at,
  finished_at at time zone 'UTC' as finished_at,
  finished_at at time zone 'UTC' as updated_at
from ops.partition_runs;

create view bi.data_quality with (security_invoker = true) as
select
  run, asset, date as business_date, check_name, severity, passed, finding, failing_rows,
  checked_at at time zone 'UTC' as updated_at
from ops.check_results;

create view bi.stream_outcomes with (security_invoker = true) as
select
  processor, topic, partition, position as next_offset, consumed, applied, duplicate, late, dead, lost, problem,
  updated_at at time zone 'UTC' as updated_at
from ops.stream_offsets;

create view bi.dead_letters with (security_invoker = true) as
select
  topic,
  origin,
  reason,
  status,
  (created_at at time zone 'UTC')::date as created_on,
  count(*) as letters,
  max(updated_at) at time zone 'UTC' as updated_at
from ops.dead_letters
group by topic, origin, reason, status, created_on;

create view bi.my_access with (security_invoker = true) as
select user_name, scope, store_id, region, granted_at at time zone 'UTC' as updated_at
from ref.user_scope
where user_name = session_user;

-- A view that shows a table of the same name takes its comments from there; below stands what differs.
do $$
declare
  view_name text;
  column_name text;
  said text;
begin
  for view_name, said in
    select shown.relname, obj_description(source.oid, 'pg_class')
    from pg_class as shown
    join pg_class as source on source.relname = shown.relname and source.relnamespace = 'analytics'::regnamespace
    where shown.relnamespace = 'bi'::regnamespace
  loop
    execute format('comment on view bi.%I is %L', view_name, said);
  end loop;
  for view_name, column_name, said in
    select shown.relname, shown_column.attname, col_description(source.oid, source_column.attnum)
    from pg_class as shown
    join pg_attribute as shown_column on shown_column.attrelid = shown.oid and shown_column.attnum > 0
    join pg_class as source on source.relname = shown.relname and source.relnamespace = 'analytics'::regnamespace
    join pg_attribute as source_column on source_column.attrelid = source.oid and source_column.attname = shown_column.attname
    where shown.relnamespace = 'bi'::regnamespace and col_description(source.oid, source_column.attnum) is not null
  loop
    execute format('comment on column bi.%I.%I is %L', view_name, column_name, said);
  end loop;
  for view_name in select relname from pg_class where relnamespace = 'bi'::regnamespace loop
    execute format(
      'comment on column bi.%I.updated_at is %L', view_name, 'When the row was last written, UTC: the column to detect changes by.'
    );
  end loop;
end;
$$;

comment on column bi.dim_store.valid_from is 'The version holds from this instant on, UTC; 1900-01-01 for the first.';
comment on column bi.dim_store.valid_to is 'The version holds until before this instant, UTC; 9999-12-31 for the current one.';
comment on column bi.dim_product.valid_from is 'The version holds from this instant on, UTC; 1900-01-01 for the first.';
comment on column bi.dim_product.valid_to is 'The version holds until before this instant, UTC; 9999-12-31 for the current one.';
comment on column bi.dim_price.store_key is 'Current version of the store.';
comment on column bi.dim_price.product_key is 'Current version of the product.';
comment on column bi.dim_price.valid_from is 'The price holds from this instant on, UTC.';
comment on column bi.dim_price.valid_to is 'The price holds until before this instant, UTC; 9999-12-31 for the current one.';
comment on column bi.fact_sales.sold_at is 'Instant of the sale, UTC.';
comment on column bi.fact_sales.known_at is 'Instant at which the event reached Kafka, UTC.';
comment on column bi.fact_purchase_order.received_at is 'Instant of the last receipt, UTC.';

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

comment on view bi.live_stock is 'What should be on hand now, as the streams keep it: for DirectQuery. A pair appears after the first daily load that knows its store and product.';
comment on column bi.live_stock.store_key is 'Current version of the store.';
comment on column bi.live_stock.product_key is 'Current version of the product.';
comment on column bi.live_stock.on_hand_quantity is 'Units that should be on hand: what came, went or was counted, less what was sold.';

comment on view bi.live_sales_hour is 'Sales per store and hour as the streams keep them, before any batch: for DirectQuery on today.';
comment on column bi.live_sales_hour.store_key is 'Current version of the store.';
comment on column bi.live_sales_hour.sale_date is 'The store''s day.';
comment on column bi.live_sales_hour.sale_hour is 'Start of the hour on the store''s clock.';
comment on column bi.live_sales_hour.lines is 'Lines sold or returned.';
comment on column bi.live_sales_hour.quantity is 'Units sold less units returned.';
comment on column bi.live_sales_hour.net_amount is 'Revenue less what was paid back.';
comment on column bi.live_sales_hour.returned_quantity is 'Units returned.';
comment on column bi.live_sales_hour.returned_amount is 'Money paid back.';

comment on view bi.data_freshness is 'How far each table of the lake and the star schema has come.';
comment on column bi.data_freshness.asset is 'The table.';
comment on column bi.data_freshness.first_date is 'First day that can be read.';
comment on column bi.data_freshness.last_date is 'Last day that can be read.';
comment on column bi.data_freshness.dates_ready is 'Days that can be read.';
comment on column bi.data_freshness.dates_failed is 'Days whose latest run failed; an earlier good one, if any, still stands.';
comment on column bi.data_freshness.dates_running is 'Days that are being built.';
comment on column bi.data_freshness.refreshed_at is 'When a day last became ready, UTC.';

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

comment on view bi.data_quality is 'Every check of every run, for readers who see everything.';
comment on column bi.data_quality.run is 'Number of the run, as in pipeline_runs.';
comment on column bi.data_quality.asset is 'The table that was checked; data_quality for the hourly checks.';
comment on column bi.data_quality.business_date is 'The store''s day; null for checks over all days.';
comment on column bi.data_quality.check_name is 'The check.';
comment on column bi.data_quality.severity is 'block: a failure kept the old partition in place; warn: it was written down.';
comment on column bi.data_quality.passed is 'Whether it passed.';
comment on column bi.data_quality.finding is 'The figures that were compared, in a sentence.';
comment on column bi.data_quality.failing_rows is 'Rows that failed it.';

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

comment on view bi.dead_letters is 'Messages set aside, counted, for readers who see everything.';
comment on column bi.dead_letters.topic is 'The Kafka topic.';
comment on column bi.dead_letters.origin is 'contract for a broken contract, else the processor that could not apply it.';
comment on column bi.dead_letters.reason is 'The reason.';
comment on column bi.dead_letters.status is 'open, replayed or discarded.';
comment on column bi.dead_letters.created_on is 'Day on which they were set aside, UTC.';
comment on column bi.dead_letters.letters is 'How many.';

comment on view bi.my_access is 'What the login that asks may see; empty for one that sees nothing.';
comment on column bi.my_access.user_name is 'The login.';
comment on column bi.my_access.scope is 'store, region or all.';
comment on column bi.my_access.store_id is 'The store, for scope store.';
comment on column bi.my_access.region is 'The region, for scope region.';
