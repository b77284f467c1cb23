-- One date's raw messages. {raw}: the partition; {keep}: the shard's condition.
create or replace temp table raw_rows as
select * from {raw} where {keep};

-- Copies of one event: the one that Kafka got first counts. A copy may name another store, which may be in another shard. Only
-- events that came more than once are kept here, so that the wide rows are not sorted.
create or replace temp table repeated_events as
with repeated as (
  select event_id
  from {raw}
  where problem is null and event_id in (select event_id from raw_rows where problem is null)
  group by event_id
  having count(*) > 1
),

event_copy as (
  select
    event_id,
    "partition",
    "offset",
    row_number() over (partition by event_id order by known_at, "partition", "offset") as copy
  from {raw}
  semi join repeated using (event_id)
  where problem is null
)

select event_id, "partition" as first_partition, "offset" as first_offset
from event_copy
where copy = 1;

create or replace temp view events as
select raw_rows.*
from raw_rows
left join repeated_events using (event_id)
where problem is null and (first_offset is null or (first_partition = "partition" and first_offset = "offset"));
