-- Forecasts of a store, or of all stores together (*), are less accurate than in training.
-- Reads: ops.model_drift, ops.model_alias_log.
-- Opens: on the newest measured day, the champion's error over the last fortnight is more than a tenth above the error
-- in training, and more than the usual difference between days. It does not start training.
-- Impact: unknown.
create or replace function ops.alert_accuracy_drop(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
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
$$;
comment on function ops.alert_accuracy_drop is 'Forecasts of a store, or of all stores together (*), are less accurate than in training.';
