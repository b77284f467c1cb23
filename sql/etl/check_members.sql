-- Staged members, each once, and those among them that no catalogue knows.
select
  count(*) as staged,
  count(*) filter (where not exists (select from {catalogue} as known where known.{id} = member_id)) as unknown,
  (array_agg(member_id order by member_id)
    filter (where not exists (select from {catalogue} as known where known.{id} = member_id)))[1:100] as unknown_members
from (select distinct member_id from {staging} as members) as members
