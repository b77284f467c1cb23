-- One date's raw messages, and why those that can't be used can't. {raw}: the partition; {keep}: the shard's condition;
-- {rejection}: the reason why a message that kept its contract is refused all the same, or null.
create or replace temp table raw_rows as
select *, coalesce(problem, {rejection}) as rejection
from {raw}
where {keep};

-- Copies of one event: the one that Kafka got first counts. Only events that came more than once are grouped here, so that
-- the wide rows are not sorted.
create or replace temp table repeated_events as
select store_id, event_id, count(*) as copies, min(struct_pack(known_at, "partition", "offset")) as first_copy
from raw_rows
where rejection is null
group by store_id, event_id
having count(*) > 1;

create or replace temp view events as
select raw_rows.*
from raw_rows
left join repeated_events using (store_id, event_id)
where rejection is null and (first_copy is null or first_copy = struct_pack(known_at, "partition", "offset"));
