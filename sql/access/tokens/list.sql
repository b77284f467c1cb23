-- The tokens of person $1, or all of them; those that can be used first, at most $2.
select
  token_id as "tokenId", person, name, scopes, created_at as "createdAt", created_by as "createdBy", expires_at as "expiresAt",
  last_used_at as "lastUsedAt", revoked_at as "revokedAt", revoked_by as "revokedBy",
  case
    when revoked_at is not null then 'revoked'
    when expires_at <= clock_timestamp() then 'expired'
    else 'active'
  end as state
from ops.api_token
where $1::text is null or person = $1
order by revoked_at is not null or expires_at <= clock_timestamp(), person, created_at desc, token_id
limit $2
