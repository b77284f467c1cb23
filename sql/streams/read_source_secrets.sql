-- What registered sources ($1) sign messages of a topic ($2) with: the secret, and the one before while that is valid.
select source_id as "sourceId", secret, case when previous_until > now() then previous_secret end as previous
from ref.event_source
where source_id = any($1::text[]) and topic = $2
