-- Whether yesterday's sales are not built although it is 09:30 in the time zone $1, by which the schedules run. The streams must have read
-- sales of yesterday or later: an instance that only replays an old year is not late.
with now_there as (
  select clock_timestamp() at time zone $1 as local
)

select
  local::time >= time '09:30'
  and exists (
    select from ops.stream_watermark
    where topic = 'pos_transactions' and watermark >= date_trunc('day', local - interval '1 day') at time zone $1
  )
  and not exists (
    select from ops.partition_ledger
    where asset = 'fact_sales' and date >= local::date - 1 and succeeded_at is not null
  ) as "isLate"
from now_there
