-- Token $1 is revoked by $2. No row: there is no such token.
with token as (
  select token_id, revoked_at is not null as was_revoked from ops.api_token where token_id = $1
),

changed as (
  update ops.api_token set revoked_at = clock_timestamp(), revoked_by = $2
  where token_id in (select token_id from token where not was_revoked)
)

select was_revoked as "wasRevoked" from token
