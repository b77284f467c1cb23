-- Stores whose demand was not learnt yet for their day, the longest outdated first. $1: as of, $2: limit.
select store_id as "storeId", today::text as today
from (
  select stores.store_id, (($1::timestamptz) at time zone stores.time_zone)::date as today, model.profile_date
  from ref.stores
  left join state.availability_model as model using (store_id)
) as store
where profile_date is distinct from today
  and exists (select from state.sales_hour where sales_hour.store_id = store.store_id and local_start < today)
order by profile_date nulls first, store_id
limit $2
