-- Whose session the token of hash $1 is, and what they see: one that was not used for 12 hours has ended. Once a minute it is noted that it is used.
with touched as (
  update ops.web_session set last_seen_at = clock_timestamp()
  where token_hash = $1 and last_seen_at < clock_timestamp() - interval '1 minute'
    and last_seen_at > clock_timestamp() - interval '12 hours'
)

select person, role, ref.scopes_of(person) as sees
from ops.web_session
join ref.person using (person)
where token_hash = $1 and disabled_at is null and expires_at > clock_timestamp()
  and last_seen_at > clock_timestamp() - interval '12 hours'
