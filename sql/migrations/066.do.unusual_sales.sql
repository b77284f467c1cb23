-- Sale lines that are unlike others, scored as they come, and the alert that tells of them.

create table ops.anomaly (
  sale_date date not null,
  event_key uuid not null,
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  sold_at timestamptz not null,
  transaction_id text not null,
  line_no integer not null,
  quantity numeric not null,
  unit_price numeric not null,
  amount numeric not null,
  score double precision not null check (score between 0 and 1),
  reason text not null,
  reasons jsonb not null,
  model_version integer not null,
  found_at timestamptz not null default now(),
  primary key (sale_date, event_key)
);
create index anomaly_sold_at on ops.anomaly (sold_at);
create index anomaly_of_store on ops.anomaly (store_id, sold_at);
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

create table ops.anomaly_scorer (
  is_only boolean primary key default true check (is_only),
  model_version integer,
  loaded_at timestamptz,
  problem text,
  updated_at timestamptz not null default now()
);
comment on table ops.anomaly_scorer is 'Which version of the model `unusual_sales` scores sale lines; at most one row.';
comment on column ops.anomaly_scorer.model_version is 'The version that scores; null: none has been loaded yet.';
comment on column ops.anomaly_scorer.loaded_at is 'When it was loaded.';
comment on column ops.anomaly_scorer.problem is 'Why the champion does not score, where it does not; the version before it goes on.';

insert into ops.alert_rule (alert_type, position, topic, every, resolve_after, group_from, meaning) values
  ('unusual_sale', 150, 'alerts', '1 minute', '2 hours', 20, 'A sale is unlike others: its quantity, price, discount or hour.');

create view bi.live_anomalies with (security_invoker = true) as
select
  dim_store.store_key,
  dim_product.product_key,
  anomaly.sale_date,
  anomaly.sold_at at time zone 'UTC' as sold_at,
  anomaly.transaction_id,
  anomaly.line_no,
  anomaly.quantity,
  anomaly.unit_price,
  anomaly.amount as net_amount,
  anomaly.score::numeric(18, 6) as score,
  anomaly.reason,
  anomaly.reasons::text as reasons,
  anomaly.model_version,
  anomaly.found_at at time zone 'UTC' as updated_at
from ops.anomaly
join analytics.dim_store on dim_store.store_id = anomaly.store_id and dim_store.is_current
left join analytics.dim_product on dim_product.product_id = anomaly.product_id and dim_product.is_current;
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

alter table ops.anomaly enable row level security;
create policy own_stores on ops.anomaly for select to bi_reader
  using ((select ref.sees_everything()) or store_id in (select ref.visible_store_ids()));
create policy application on ops.anomaly to shelfline_app using (true) with check (true);
grant select on ops.anomaly to bi_reader;
