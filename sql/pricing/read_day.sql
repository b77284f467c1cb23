-- What a store's products sold on a day, by hour, at which prices, and what was learnt of them before: products whose usual
-- price was known at the day's beginning or became so. $1 store, $2 day.
with day as materialized (
  select
    ref.first_instant_of($2::date::timestamp, time_zone) as begins_at,
    ref.first_instant_of(($2::date + 1)::timestamp, time_zone) as ends_at
  from ref.stores where store_id = $1
),
change as materialized (
  select
    product_id,
    greatest(extract(epoch from valid_from - begins_at) / 3600, 0)::float8 as "from",
    price::float8 as price,
    reason,
    valid_from, event_id
  from day
  join state.price on store_id = $1 and valid_from >= begins_at and valid_from < ends_at
  union all
  (
    select distinct on (product_id) product_id, 0, price::float8, reason, valid_from, event_id
    from day
    join state.price on store_id = $1 and valid_from < begins_at
    order by product_id, valid_from desc, event_id desc
  )
),
usual as materialized (
  select distinct on (product_id) product_id, price::float8 as price
  from day
  join state.price on store_id = $1 and valid_from < begins_at and reason in ('regular', 'correction')
  order by product_id, valid_from desc, event_id desc
),
sold as materialized (
  select product_id, array_agg(hour order by hour) as hours, array_agg(units order by hour) as units
  from (
    select product_id, extract(hour from local_start)::integer as hour, sum(units + returned_units)::float8 as units
    from state.sales_hour
    where store_id = $1 and product_id <> '' and local_start >= $2::date and local_start < $2::date + 1
      and window_start >= ($2::date - 1)::timestamp at time zone 'UTC'
    group by 1, 2
  ) as hour
  where units > 0
  group by product_id
),
doubtful as materialized (
  select product_id, array_agg(hour order by hour) as hours, array_agg(available order by hour) as available
  from (
    select
      missing.product_id,
      extract(hour from missing.hour at time zone stores.time_zone)::integer as hour,
      avg(p_available)::float8 as available
    from day
    join ref.stores on stores.store_id = $1
    join state.availability_hour as missing
      on missing.hour >= begins_at and missing.hour < ends_at and missing.store_id = $1
    group by 1, 2
  ) as hour
  group by product_id
),
answer as materialized (
  select
    product_id,
    jsonb_agg(jsonb_build_object('reason', reason, 'step', depth_step, 'sold', sold, 'expected', expected)) as answers
  from state.price_answer where store_id = $1
  group by product_id
),
priced as (
  select
    product_id,
    array_agg("from" order by valid_from, event_id) as price_from,
    array_agg(price order by valid_from, event_id) as price,
    array_agg(reason order by valid_from, event_id) as reason
  from change
  group by product_id
  having bool_or(reason in ('regular', 'correction')) or product_id in (select product_id from usual)
)
select
  priced.product_id as "productId",
  price_from as "priceFrom",
  price,
  reason,
  (select usual.price from usual where usual.product_id = priced.product_id) as "usualPrice",
  coalesce(sold.hours, '{}') as "soldAt",
  coalesce(sold.units, '{}') as "soldUnits",
  coalesce(doubtful.hours, '{}') as "doubtfulAt",
  coalesce(doubtful.available, '{}') as "doubtfulAvailable",
  known.units as "usualUnits",
  known.exposure as "usualExposure",
  known.days as "usualDays",
  known.squares,
  known.squares_expected as "squaresExpected",
  coalesce(answer.answers, '[]') as answers
from priced
left join sold using (product_id)
left join doubtful using (product_id)
left join answer using (product_id)
left join state.price_usual as known on known.store_id = $1 and known.product_id = priced.product_id
order by priced.product_id
