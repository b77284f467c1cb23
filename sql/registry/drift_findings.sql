-- What was measured of model $1 on day $2, what differs first, at most $3.
select
  kind, subject, store_id as store, model_version as version, value, threshold, is_drifted as "isDrifted", message
from ops.model_drift
where model_name = $1 and drift_date = $2
order by is_drifted desc, value / nullif(threshold, 0) desc nulls last, kind, subject, store_id
limit $3
