-- The events of a topic that a processor has applied, each once. {events}: the table to make; {raw}: the raw table;
-- {processor}: whose; {place}: which column is the place; {product}: which the product; {condition}: which events. DuckDB.
create temp view {events}_message as
select raw.*
from {raw} as raw
join (select topic, "partition", position from positions where processor = {processor}) as positions
  using (topic, "partition")
anti join (select topic, "partition", "offset" from refused where processor = {processor}) as refused
  using (topic, "partition", "offset")
where raw.problem is null and raw."offset" < positions.position;

-- Only events that were sent more than once are sorted. A copy may name another place than the one that is asked for.
create temp table {events}_copy as
select *
from {events}_message
where event_id in (
  select event_id from {events}_message group by event_id having count(*) > 1 and count(*) filter (where {condition}) > 0
);

create temp table {events} as
select * from {events}_message where {condition} and event_id not in (select event_id from {events}_copy)
union all
select *
from (
  from {events}_copy
  qualify row_number() over (partition by date, event_id order by known_at, "partition", "offset") = 1
)
where {condition};

-- Copies that are not copies: an id with several contents. The message that was read first counts, and of those in several
-- partitions the log doesn't show which that was.
create temp table if not exists conflicting (event_id varchar, place varchar, product varchar);
insert into conflicting
select event_id, {place}, unnest(['', {product}])
from {events}_copy
where event_id in (
  select event_id
  from (select distinct * exclude ("partition", "offset", known_at) from {events}_copy)
  group by event_id
  having count(*) > 1
)
