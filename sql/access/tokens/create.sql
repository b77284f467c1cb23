-- A token of hash $2 for person $3, named $4, with scopes $5, made by $6 for $7 days; no row: no person of that name may sign in.
insert into ops.api_token (token_id, token_hash, person, name, scopes, created_by, expires_at)
select $1, $2, person, $4, $5, $6, clock_timestamp() + make_interval(days => $7)
from ref.person
where person = $3 and disabled_at is null
returning expires_at as "expiresAt"
