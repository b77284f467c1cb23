-- Replaces what is known of how demand answers to prices. $1: as of, $2: a JSON array of elasticities.
with gone as (
  delete from state.price_response as held
  where not exists (
    select from json_to_recordset($2::json) as (level text, category text, member_id text)
    where level = held.level and category = held.category and member_id = held.member_id
  )
)
insert into state.price_response
select
  level, category, member_id, elasticity, error, sold, expected, promotion_factor, dispersion,
  ($1::timestamptz at time zone 'UTC')::date
from json_to_recordset($2::json) as (
  level text, category text, member_id text, elasticity float8, error float8, sold float8, expected float8,
  promotion_factor float8, dispersion float8
)
order by level, category, member_id
on conflict (level, category, member_id) do update set
  elasticity = excluded.elasticity, error = excluded.error, sold = excluded.sold, expected = excluded.expected,
  promotion_factor = excluded.promotion_factor, dispersion = excluded.dispersion, learnt_on = excluded.learnt_on
