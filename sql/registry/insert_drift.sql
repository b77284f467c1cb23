-- $1 day, $2 model, $3 version,
-- $4 [{kind, subject, storeId, value, threshold, sizeTrained, sizeNow, isDrifted, message}]
insert into ops.model_drift (
  drift_date, model_name, model_version, kind, subject, store_id, value, threshold, size_trained, size_now, is_drifted,
  message
)
select $1, $2, $3, kind, subject, "storeId", value, threshold, "sizeTrained", "sizeNow", "isDrifted", message
from jsonb_to_recordset($4::jsonb) as measured (
  kind text, subject text, "storeId" text, value double precision, threshold double precision, "sizeTrained" bigint,
  "sizeNow" bigint, "isDrifted" boolean, message text
)
