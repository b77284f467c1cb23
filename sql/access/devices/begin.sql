-- A program waits for its code $2 to be confirmed: hash $1, called $3, from address $4. No row: too many wait from there ($5), or in all ($6).
with forgotten as (
  delete from ops.device_login where expires_at < clock_timestamp() - interval '1 hour'
)

insert into ops.device_login (device_hash, user_code, client, address)
select $1, $2, $3, $4
from (
  select count(*) filter (where address = $4) as from_there, count(*) as in_all
  from ops.device_login where expires_at > clock_timestamp()
) as waiting
where from_there < $5 and in_all < $6
returning extract(epoch from expires_at - clock_timestamp())::integer as "expiresIn"
