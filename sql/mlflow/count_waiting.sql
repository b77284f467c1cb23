-- Entries that wait, for how many seconds the oldest has waited, and entries that were refused.
select
  count(*) filter (where refused_at is null)::int as waiting,
  coalesce(extract(epoch from now() - min(created_at) filter (where refused_at is null)), 0)::float8 as seconds,
  count(*) filter (where refused_at is not null)::int as refused
from ops.mlflow_outbox
