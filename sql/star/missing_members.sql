-- The members that staged rows name and a dimension does not have. {staging}: the rows, by natural key; {member_rows}: those that
-- name a member, as rows of values; {dimension} and {id}: its table and its natural key.
select distinct member_id
from {staging} as staged
cross join lateral (values {member_rows}) as named (member_id)
where not exists (select from {dimension} as known where known.{id} = member_id)
