-- What each product of a store sold over the days before $2, returns left out: the hours with a sale as indexes from
-- midnight of the first day on, and likewise those without one in which it was more likely missing than not.
-- $1: store, $2: the store's day, $3: days.
with hour as materialized (
  select product_id, local_start, units + returned_units as units, revenue + returned_revenue as revenue
  from state.sales_hour
  where store_id = $1 and product_id <> '' and local_start >= $2::date - $3::integer and local_start < $2::date
    and window_start >= ($2::date - $3::integer - 1)::timestamp at time zone 'UTC'
    and units + returned_units > 0
),
sold as (
  select
    product_id,
    sum(units) as units,
    sum(revenue) as revenue,
    array_agg((extract(epoch from local_start - ($2::date - $3::integer)) / 3600)::integer order by local_start) as sold_at,
    array_agg(units::float8 order by local_start) as sold_units
  from hour group by product_id
),
doubtful as (
  select
    product_id,
    array_agg((extract(epoch from local_start - ($2::date - $3::integer)) / 3600)::integer order by local_start) as doubtful_at,
    array_agg(p_available::float8 order by local_start) as doubtful_available
  from (
    -- By the hours in which the store sold: the table is ordered by hour, and holds all stores.
    select missing.product_id, traded.local_start, avg(p_available) as p_available
    from state.sales_hour as traded
    join state.availability_hour as missing on missing.hour = traded.window_start and missing.store_id = traded.store_id
    where traded.store_id = $1 and traded.product_id = ''
      and traded.local_start >= $2::date - $3::integer and traded.local_start < $2::date
      and traded.window_start >= ($2::date - $3::integer - 1)::timestamp at time zone 'UTC'
    group by missing.product_id, traded.local_start
  ) as missing
  where not exists (
    select from hour where hour.product_id = missing.product_id and hour.local_start = missing.local_start
  )
  group by product_id
),
listed as (
  select product_id from sold union select product_id from ref.shelves where store_id = $1
)
select
  listed.product_id as "productId",
  coalesce(products.category, '') as category,
  round(sold.revenue / nullif(sold.units, 0), 2) as "unitPrice",
  coalesce(sold.sold_at, '{}') as "soldAt",
  coalesce(sold.sold_units, '{}') as "soldUnits",
  coalesce(doubtful.doubtful_at, '{}') as "doubtfulAt",
  coalesce(doubtful.doubtful_available, '{}') as "doubtfulAvailable"
from listed
left join sold using (product_id)
left join doubtful using (product_id)
left join ref.products using (product_id)
order by product_id
