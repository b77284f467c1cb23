-- What MLflow does not have yet, the oldest first, held for this transaction. $1 at most
select
  waiting.entry, waiting.model_name as model, waiting.version, log.alias, version.created_at as "createdAt",
  version.duration_ms::float8 as "durationMs", version.trained_from::text as "trainedFrom", version.trained_through::text as "trainedThrough",
  version.artefact, version.code_version as "codeVersion", version.seed, version.parameters, version.inputs,
  version.training_rows::float8 as "trainingRows", version.workflow_id as "workflowId", version.decision,
  coalesce((
    select jsonb_agg(jsonb_build_object(
      'candidate', candidate, 'segment', segment, 'horizon', horizon, 'metric', metric, 'value', value, 'rows', rows
    ) order by candidate, segment, horizon, metric)
    from ops.model_metric as measured
    where measured.model_name = waiting.model_name and measured.version = waiting.version
  ), '[]') as metrics
from ops.mlflow_outbox as waiting
inner join ops.model_version as version on version.model_name = waiting.model_name and version.version = waiting.version
left join ops.model_alias_log as log on log.change = waiting.change
where waiting.refused_at is null
order by waiting.entry
limit $1
for update of waiting
