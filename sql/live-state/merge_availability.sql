-- $1: store, $2: start of the hour, $3: its traffic, then one array a column.
with evaluated as materialized (
  select *
  from unnest(
    $4::text[], $5::double precision[], $6::double precision[], $7::double precision[], $8::boolean[], $9::integer[],
    $10::double precision[], $11::boolean[], $12::double precision[]
  ) as seen (
    product_id, p_available, recent_sales, recent_expected, was_counted_empty, silent_hours, silent_expected, is_sold,
    available
  )
),
doubtful as (
  insert into state.availability_hour (hour, store_id, product_id, p_available)
  select $2::timestamptz, $1, product_id, p_available from evaluated where p_available < 0.5
  on conflict (hour, store_id, product_id) do update set p_available = excluded.p_available
)
insert into state.availability
select
  $1, product_id, $2::timestamptz, p_available, recent_sales, recent_expected, was_counted_empty, silent_hours,
  silent_expected,
  jsonb_build_object(
    'silent_hours', silent_hours, 'silent_expected', round(silent_expected::numeric, 2), 'traffic',
    round($3::numeric, 2), 'is_sold', is_sold, 'available', available
  )
from evaluated
order by product_id
on conflict (store_id, product_id) do update set
  hour = excluded.hour, p_available = excluded.p_available, recent_sales = excluded.recent_sales,
  recent_expected = excluded.recent_expected, was_counted_empty = excluded.was_counted_empty,
  silent_hours = excluded.silent_hours, silent_expected = excluded.silent_expected, evidence = excluded.evidence
