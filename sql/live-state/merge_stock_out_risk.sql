-- $1: as of, $2: store, then one array a column; horizons in seconds since the epoch.
insert into state.stock_out_risk
select $2, product_id, probability, hours_of_cover, expected_lost_units, round(money_at_risk::numeric, 2),
  to_timestamp(horizon_until), $1::timestamptz, shelf_updated_at
from unnest(
  $3::text[], $4::double precision[], $5::real[], $6::double precision[], $7::double precision[], $8::double precision[],
  $9::timestamptz[]
) as evaluated (
  product_id, probability, hours_of_cover, expected_lost_units, money_at_risk, horizon_until, shelf_updated_at
)
order by product_id
on conflict (store_id, product_id) do update set
  probability = excluded.probability, hours_of_cover = excluded.hours_of_cover,
  expected_lost_units = excluded.expected_lost_units, money_at_risk = excluded.money_at_risk,
  horizon_until = excluded.horizon_until, evaluated_at = excluded.evaluated_at, shelf_updated_at = excluded.shelf_updated_at
