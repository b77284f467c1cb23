-- $1 model, $2 version, $3 from, $4 through, $5 artefact, $6 code version, $7 seed, $8 parameters, $9 inputs, $10 rows,
-- $11 milliseconds, $12 workflow, $13 decision, $14 metrics: [{candidate, segment, horizon, metric, value, rows}]
with registered as (
  insert into ops.model_version (
    model_name, version, trained_from, trained_through, artefact, code_version, seed, parameters, inputs, training_rows,
    duration_ms, workflow_id, decision
  )
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
  returning model_name, version
)

insert into ops.model_metric (model_name, version, candidate, segment, horizon, metric, value, rows)
select model_name, version, candidate, segment, horizon, metric, value, rows
from registered
cross join jsonb_to_recordset($14::jsonb) as measured (
  candidate text, segment text, horizon text, metric text, value double precision, rows bigint
)
