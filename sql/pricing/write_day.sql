-- Replaces what is known of a store's products. $1 store, $2 a JSON array of what they sell at their usual price, $3 of answers.
with usual as (
  insert into state.price_usual (store_id, product_id, units, exposure, days, squares, squares_expected)
  select $1, product_id, units, exposure, days, squares, squares_expected
  from json_to_recordset($2::json) as (
    product_id text, units float8, exposure float8, days float8, squares float8, squares_expected float8
  )
  order by product_id
  on conflict (store_id, product_id) do update set
    units = excluded.units, exposure = excluded.exposure, days = excluded.days, squares = excluded.squares,
    squares_expected = excluded.squares_expected
)
insert into state.price_answer (store_id, product_id, reason, depth_step, sold, expected)
select $1, product_id, reason, depth_step, sold, expected
from json_to_recordset($3::json) as (
  product_id text, reason text, depth_step smallint, sold float8, expected float8
)
order by product_id, reason, depth_step
on conflict (store_id, product_id, reason, depth_step) do update set sold = excluded.sold, expected = excluded.expected
