-- The cells of a plan, with what they cost last time or, where there was no last time, what their asset costs as a rule.
-- $1 plan, $2 cells [{asset, date, position, reason, cause, ledgerRun}]
with work as (
  select * from jsonb_to_recordset($2::jsonb) as cell
    (asset text, date date, position integer, reason text, cause text, "ledgerRun" bigint)
),

usual as (
  select asked.asset, avg(rows)::bigint as rows, avg(bytes)::bigint as bytes, avg(duration_ms)::bigint as duration_ms
  from (select distinct asset from work) as asked
  cross join lateral (
    select rows, bytes, duration_ms
    from ops.partition_runs as run
    where run.asset = asked.asset and run.status = 'succeeded'
    order by run.run desc
    limit 50
  ) as past
  group by asked.asset
)

insert into ops.backfill_cells
  (plan, date, asset, position, reason, cause, ledger_run, estimated_rows, estimated_bytes, estimated_ms)
select
  $1, work.date, work.asset, work.position, work.reason, work.cause, work."ledgerRun",
  coalesce(ledger.rows, usual.rows), coalesce(ledger.bytes, usual.bytes), coalesce(ledger.duration_ms, usual.duration_ms)
from work
left join ops.partition_ledger as ledger on ledger.asset = work.asset and ledger.date = work.date
left join usual on usual.asset = work.asset
