-- Days of stores that are over for two hours and not learnt yet, the oldest first; prices are kept for a week. $1: as of, $2: limit.
select store_id as "storeId", day::date::text as day
from (
  select stores.store_id, learnt_through, $1::timestamptz at time zone stores.time_zone - interval '2 hours' as settled
  from ref.stores
  left join state.price_learnt using (store_id)
) as store
cross join lateral generate_series(
  greatest(coalesce(learnt_through + 1, settled::date - 7), settled::date - 7), settled::date - 1, interval '1 day'
) as day
where exists (
  select from state.sales_hour
  where sales_hour.store_id = store.store_id and product_id = '' and local_start >= day and local_start < day + interval '1 day'
)
order by day, store_id
limit $2
