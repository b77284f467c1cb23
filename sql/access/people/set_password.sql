-- A new password of person $1: $2 is its hash. The person's sessions end, but for session $3, and wrong tries no longer count.
with changed as (
  update ref.person set password_hash = $2 where person = $1 returning person
),

forgotten as (
  delete from ops.sign_in_failure where person in (select person from changed)
)

delete from ops.web_session
where person in (select person from changed) and token_hash is distinct from $3
