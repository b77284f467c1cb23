-- A new password of person $1: $2 is its hash. The person's sessions end, but for session $3.
with changed as (
  update ref.person set password_hash = $2 where person = $1 returning person
)

delete from ops.web_session
where person in (select person from changed) and token_hash is distinct from $3
