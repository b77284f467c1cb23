-- Forecasts are worse than they were when the model was trained: of a store, or of all of them together (*).
-- Reads: ops.model_drift, ops.model_alias_log.
-- Opens: the error of the last fortnight is above what training measured by more than a tenth and by more than days differ
-- anyway, on the newest day that was measured, for who is champion now. Nothing is trained anew by itself.
-- Holds: while it is so.
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
comment on function ops.alert_accuracy_drop is 'Forecasts are worse than they were when the model was trained.';
