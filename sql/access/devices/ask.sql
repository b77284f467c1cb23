-- How far the login of hash $1 is; notes that it was asked about while no one has decided.
with noted as (
  update ops.device_login set asked_at = clock_timestamp() where device_hash = $1 and person is null
)

select
  client,
  person,
  is_confirmed as "isConfirmed",
  scope,
  days,
  expires_at <= clock_timestamp() as "isExpired",
  coalesce(asked_at > clock_timestamp() - make_interval(secs => $2), false) as "isTooSoon"
from ops.device_login
where device_hash = $1
