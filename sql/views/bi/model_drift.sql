create or replace view bi.model_drift with (security_invoker = true) as
select
  drift_date, model_name, kind, subject, store_id, model_version, value::numeric(18, 6) as value,
  threshold::numeric(18, 6) as threshold, size_trained, size_now, is_drifted, message, measured_at at time zone 'UTC' as updated_at
from ops.model_drift;

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
