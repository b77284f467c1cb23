-- Failed tries of the last 15 minutes by name $1 and from address $2, and when the oldest of them stops to count.
select
  count(*) filter (where person = $1)::int as "ofPerson",
  count(*) filter (where address = $2)::int as "ofAddress",
  ceil(extract(epoch from min(failed_at) + interval '15 minutes' - clock_timestamp()) / 60)::int as minutes
from ops.sign_in_failure
where (person = $1 or address = $2) and failed_at > clock_timestamp() - interval '15 minutes'
