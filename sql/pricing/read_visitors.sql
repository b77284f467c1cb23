-- Visitors of a store by hour of a day, 24 of them: those that the door counted; in a store without one those who paid. $1 store, $2 day.
with hour as (
  select local_start, entries, transactions
  from state.sales_hour
  where store_id = $1 and product_id = '' and local_start >= $2::date - 27 and local_start < $2::date + 1
    and window_start >= ($2::date - 28)::timestamp at time zone 'UTC'
),
door as (
  select coalesce(sum(entries), 0) > 0 as counts from hour
)
select array_agg(coalesce(visitors, 0)::float8 order by number) as visitors
from generate_series(0, 23) as number
left join (
  select
    extract(hour from local_start)::integer as number,
    sum(case when door.counts then entries else transactions end) as visitors
  from hour
  cross join door
  where local_start >= $2::date
  group by 1
) as seen using (number)
