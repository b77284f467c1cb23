-- Which version scores sale lines, and why the champion does not, where it does not. $1 version or null, $2 problem or null
insert into ops.anomaly_scorer as known (model_version, loaded_at, problem)
values ($1::integer, case when $1::integer is not null then now() end, $2)
on conflict (is_only) do update set
  model_version = excluded.model_version,
  loaded_at = case when known.model_version is distinct from excluded.model_version then excluded.loaded_at else known.loaded_at end,
  problem = excluded.problem,
  updated_at = now()
