-- What each product of a store sold over so many days before $2, returns left out: sums over days, and the hours with a sale
-- as indexes from midnight of the first day on. $1: store, $2: the store's day, $3: days.
with hour as materialized (
  select product_id, local_start, units + returned_units as units, revenue + returned_revenue as revenue
  from state.sales_hour
  where store_id = $1 and product_id <> '' and local_start >= $2::date - $3::integer and local_start < $2::date
    and window_start >= ($2::date - $3::integer - 1)::timestamp at time zone 'UTC'
    and units + returned_units > 0
),
day as (
  select product_id, sum(units) as units, sum(revenue) as revenue from hour group by product_id, local_start::date
),
days as (
  select product_id, sum(units) as units, sum(revenue) as revenue, sum(units ^ 2) as squared_units
  from day group by product_id
),
sold as (
  select
    product_id,
    array_agg((extract(epoch from local_start - ($2::date - $3::integer)) / 3600)::integer order by local_start) as sold_at,
    array_agg(units::float8 order by local_start) as sold_units
  from hour group by product_id
),
listed as (
  select product_id from days union select product_id from ref.shelves where store_id = $1
)
select
  listed.product_id as "productId",
  coalesce(products.category, '') as category,
  coalesce(days.units, 0)::float8 as units,
  coalesce(days.squared_units, 0)::float8 as "squaredUnits",
  round(days.revenue / nullif(days.units, 0), 2) as "unitPrice",
  coalesce(sold.sold_at, '{}') as "soldAt",
  coalesce(sold.sold_units, '{}') as "soldUnits"
from listed
left join days using (product_id)
left join sold using (product_id)
left join ref.products using (product_id)
order by product_id
