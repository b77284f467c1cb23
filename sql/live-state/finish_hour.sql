-- The hour was evaluated for every product of the store; hours from before the weeks that demand is learnt from
-- are forgotten.
-- $1: store, $2: start of the hour, $3: rows at most.
with forgotten as (
  delete from state.availability_hour
  where (hour, store_id, product_id) in (
    select hour, store_id, product_id from state.availability_hour
    where hour < $2::timestamptz - interval '30 days' order by hour limit $3
  )
)
update state.availability_model set evaluated_hour = $2 where store_id = $1
