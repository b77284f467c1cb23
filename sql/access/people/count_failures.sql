-- In how many minutes name $1 and address $2 may try again: null when they may now. At most $3 wrong passwords of the name and $4 from the
-- address are taken in 15 minutes. Without an address only the name counts.
select
  ceil(
    extract(
      epoch from greatest(
        (array_agg(failed_at order by failed_at desc) filter (where person = $1))[$3],
        (array_agg(failed_at order by failed_at desc) filter (where address = $2))[$4]
      ) + interval '15 minutes' - clock_timestamp()
    ) / 60
  )::int as minutes
from ops.sign_in_failure
where (person = $1 or address = $2) and failed_at > clock_timestamp() - interval '15 minutes'
