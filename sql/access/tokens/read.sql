-- Whose token the one of hash $1 is, what they see, and what it may. Once a minute it is noted that it is used.
with touched as (
  update ops.api_token set last_used_at = clock_timestamp()
  where token_hash = $1 and revoked_at is null
    and (last_used_at is null or last_used_at < clock_timestamp() - interval '1 minute')
)

select token_id as "tokenId", person, role, scopes, ref.scopes_of(person) as sees
from ops.api_token
join ref.person using (person)
where token_hash = $1 and revoked_at is null and expires_at > clock_timestamp() and disabled_at is null
