-- How forecasts do once they are made: every one of them against what came, and whether a model's world has moved.

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
  updated_at timestamptz not null default now(),
  primary key (target_date, store_key, category, horizon_days, model_name, model_version)
);
create index forecast_accuracy_of_store on analytics.forecast_accuracy (store_key, target_date);
comment on table analytics.forecast_accuracy is
  'Every past forecast against what came, summed to store × category × days ahead × day: a day is added when its sales are known, and history is not read again. Stores that sold nothing on the day are left out: a day without data is no day without demand.';
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
alter table analytics.forecast_accuracy enable row level security;
create policy application on analytics.forecast_accuracy to shelfline_app using (true) with check (true);
create policy own_stores on analytics.forecast_accuracy for select to bi_reader
  using (store_key = any (array(select analytics.visible_store_keys())));
grant select on analytics.forecast_accuracy to bi_reader;

create view bi.forecast_accuracy with (security_invoker = true) as
select
  target_date,
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
  round(absolute_error / nullif(actual_quantity, 0), 4) as wape,
  round((forecast_quantity - actual_quantity) / nullif(actual_quantity, 0), 4) as bias,
  round(pinball_loss / nullif(intervals, 0), 6) as mean_pinball_loss,
  round(covered_80::numeric / nullif(intervals, 0), 4) as coverage_80,
  round(covered_90::numeric / nullif(intervals, 0), 4) as coverage_90,
  updated_at at time zone 'UTC' as updated_at
from analytics.forecast_accuracy;
comment on view bi.forecast_accuracy is
  'Every past forecast against what came, by store × category × days ahead × day. Add the sums up before you divide: the ratios are of one row.';
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

create table ops.model_drift (
  drift_date date not null,
  model_name text not null,
  kind text not null check (kind in ('feature', 'error', 'gap')),
  subject text not null,
  store_id text collate "C" not null,
  model_version integer not null,
  value double precision not null,
  threshold double precision not null,
  size_trained bigint not null,
  size_now bigint not null,
  is_drifted boolean not null,
  message text not null,
  measured_at timestamptz not null default now(),
  primary key (drift_date, model_name, kind, subject, store_id),
  foreign key (model_name, model_version) references ops.model_version
);
comment on table ops.model_drift is
  'Whether the world has moved away from what a champion was trained on; measured every day after the predictions, which replaces the day whole.';
comment on column ops.model_drift.drift_date is 'The last day that was known.';
comment on column ops.model_drift.model_name is 'The model, e.g. demand.';
comment on column ops.model_drift.kind is
  'feature: a feature lies otherwise (population stability index of the last seven days); error: forecasts are worse than training measured (WAPE of the last fortnight); gap: a day without data where some is usual.';
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
alter table ops.model_drift enable row level security;
create policy application on ops.model_drift to shelfline_app using (true) with check (true);
create policy everything on ops.model_drift for select to bi_reader using ((select ref.sees_everything()));
grant select on ops.model_drift to bi_reader;

create view bi.model_drift with (security_invoker = true) as
select
  drift_date, model_name, kind, subject, store_id, model_version, value::numeric(18, 6) as value,
  threshold::numeric(18, 6) as threshold, size_trained, size_now, is_drifted, message, measured_at at time zone 'UTC' as updated_at
from ops.model_drift;
comment on view bi.model_drift is
  'Whether the world has moved away from what a champion was trained on, day by day; for who sees every store.';
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

insert into ops.alert_rule (alert_type, position, topic, every, resolve_after, group_from, meaning) values
  ('accuracy_drop', 160, 'alerts', '10 minutes', '10 minutes', null, 'Forecasts are worse than they were when the model was trained: it should be trained anew.'),
  ('feature_drift', 170, 'alerts', '10 minutes', '10 minutes', null, 'What a model forecasts from lies otherwise than when it was trained, or is missing.');

comment on column ops.model_metric.horizon is 'Days ahead, e.g. 1-7; all; or orders: what orders by the forecasts would have come to.';
comment on column ops.model_metric.metric is
  'wape, bias, mase, rmse, pinball or coverage_80; of orders: holding_cost, stock_out_cost, waste_cost, cost and fill_rate.';
comment on column ops.model_metric.candidate is
  'chosen is what the version forecasts with; champion: who was champion then; the others are what it could have been.';
