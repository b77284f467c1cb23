-- Messages that were set aside, the oldest first. $1 unsent_ids, $2 topic, $3 status: null for any; $4 limit, $5 behind
-- this unsent_id. The total is of all that match.
with matching as (
  select
    unsent_id as "id", relay, topic, key, letter_id as "letterId", bytes, reason, error, status, attempts,
    first_failed_at as "firstFailedAt", last_failed_at as "lastFailedAt", settled_at as "settledAt",
    settled_by as "settledBy", settled_why as "settledWhy", count(*) over () as total
  from ops.unsent_message
  where ($1::bigint[] is null or unsent_id = any ($1))
    and topic = coalesce($2, topic)
    and status = coalesce($3, status)
)
select *
from matching
where "id" > $5
order by "id"
limit $4
