-- One date's raw messages. {raw}: the partition; {keep}: the shard's condition.
create or replace temp table raw_rows as
select * from {raw} where {keep};

-- Copies of one event: the one that Kafka got first counts. A copy may name another store, which may be in another shard. Only
-- events that came more than once are kept here, so that the wide rows are not sorted.
create or replace temp table repeated_events as
select event_id, min(struct_pack(known_at, "partition", "offset")) as first_copy
from {raw}
where problem is null and event_id in (select event_id from raw_rows where problem is null)
group by event_id
having count(*) > 1;

create or replace temp view events as
select raw_rows.*
from raw_rows
left join repeated_events using (event_id)
where problem is null and (first_copy is null or first_copy = struct_pack(known_at, "partition", "offset"));
