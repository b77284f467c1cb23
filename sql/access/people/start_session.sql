-- Person $2 signs in with a token of hash $1, for 7 days at most. What has ended, and failures that no longer count, go.
with ended as (
  delete from ops.web_session where expires_at < clock_timestamp()
),

forgotten as (
  delete from ops.sign_in_failure where person = $2 or failed_at < clock_timestamp() - interval '1 day'
)

insert into ops.web_session (token_hash, person, expires_at) values ($1, $2, clock_timestamp() + interval '7 days')
