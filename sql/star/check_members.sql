-- Staged members, and those among them that no catalogue knows. Shards of products may name the same one.
select
  (select count(*) from {staging} as staged) as rows,
  count(*) filter (where not exists (select from {catalogue} as known where known.{id} = member_id)) as unknown,
  (array_agg(member_id order by member_id)
    filter (where not exists (select from {catalogue} as known where known.{id} = member_id)))[1:100] as unknown_members
from (select distinct member_id from {staging} as members) as members
