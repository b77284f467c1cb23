-- Runs whose events wait, for how many seconds the oldest has waited, and runs whose events were refused.
select
  count(*) filter (where refused_at is null)::int as waiting,
  coalesce(extract(epoch from now() - min(created_at) filter (where refused_at is null)), 0)::float8 as seconds,
  count(*) filter (where refused_at is not null)::int as refused
from ops.lineage_outbox
