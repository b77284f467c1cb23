-- The features of a model differ from those in training (*: all stores together), or a store sent no data.
-- Reads: ops.model_drift, ops.model_alias_log.
-- Opens: on the newest measured day, the stability index of one of the champion's features is above a limit that
-- depends on the sample sizes; or a store sent nothing on a weekday on which it usually does. It does not start
-- training.
-- Impact: unknown.
create or replace function ops.alert_feature_drift(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    model_name,
    store_id,
    null::text,
    'warning',
    null::numeric,
    format('%s@%s: %s features differ from training (%s). To train it again: shelfline run train-models',
      model_name, model_version, count(*),
      string_agg(subject, ', ' order by value / threshold desc, subject) filter (where place <= 3)
        || case when count(*) > 3 then ', …' else '' end),
    jsonb_build_object(
      'model', model_name, 'version', model_version, 'day', drift_date,
      'features', jsonb_agg(jsonb_build_object(
        'feature', subject, 'index', round(value::numeric, 4), 'limit', round(threshold::numeric, 4)
      ) order by place) filter (where place <= 10)
    ),
    null::numeric,
    true
  from (
    select *, row_number() over (partition by model_name, store_id order by value / threshold desc, subject) as place
    from ops.newest_drift()
    where kind = 'feature' and is_drifted
  ) as drifted
  group by model_name, model_version, drift_date, store_id
  union all
  select
    model_name || '/gap',
    store_id,
    null,
    'warning',
    null,
    message,
    jsonb_build_object('model', model_name, 'version', model_version, 'day', drift_date, 'usual_days', size_now),
    null,
    true
  from ops.newest_drift()
  where kind = 'gap' and is_drifted
$$;
comment on function ops.alert_feature_drift is 'The features of a model differ from those in training, or a store sent no data.';
