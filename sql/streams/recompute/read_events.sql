-- The events of a topic that a processor has applied, each once. {events}: the table to make; {raw}: the raw table;
-- {processor}: whose; {condition}: which. DuckDB.
create temp table {events} as
select raw.*
from {raw} as raw
join (select topic, "partition", position from positions where processor = {processor}) as positions
  using (topic, "partition")
anti join (select topic, "partition", "offset" from refused where processor = {processor}) as refused
  using (topic, "partition", "offset")
where raw.problem is null and raw."offset" < positions.position and {condition}
qualify row_number() over (partition by raw.date, raw.event_id order by raw.known_at, raw."partition", raw."offset") = 1
