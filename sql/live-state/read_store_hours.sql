-- A store's hours over the days before $2, on its own clock: index from midnight of the first day on, and what was received.
-- The hour that autumn repeats is one.
-- $1: store, $2: the store's day, $3: days.
select
  (extract(epoch from local_start - ($2::date - $3::integer)) / 3600)::integer as "at",
  sum(lines)::integer as lines,
  sum(entries)::integer as entries,
  sum(transactions)::integer as transactions
from state.sales_hour
where store_id = $1 and product_id = '' and local_start >= $2::date - $3::integer and local_start < $2::date
  and window_start >= ($2::date - $3::integer - 1)::timestamp at time zone 'UTC'
group by local_start
order by 1
