-- Sale lines that the live state must hold, each event once. {raw}: the raw table. DuckDB.
create temp table sale as
select
  store_id, product_id, date, quantity,
  coalesce(net_amount, round(quantity * unit_price - discount, 2))::decimal(38, 6) as amount
from (
  select raw.*
  from {raw} as raw
  join positions using (topic, "partition")
  anti join refused using (topic, "partition", "offset")
  where raw.problem is null and raw."offset" < positions.position
  qualify row_number() over (partition by date, event_id order by known_at, "partition", "offset") = 1
)
