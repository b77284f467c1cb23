-- The stores with shelves that the login sees, those with the most open alerts first. $1 at most.
with alert as materialized (
  select store_id, count(*)::integer as alerts
  from ops.alert
  where status in ('open', 'acknowledged') and product_id is not null
  group by store_id
)
select
  stores.store_id as "storeId",
  stores.name,
  stores.region,
  shelves.count::integer as shelves,
  coalesce(alert.alerts, 0) as alerts,
  exists (select from ref.store_layout as layout where layout.store_id = stores.store_id and not is_removed) as "hasLayout"
from ref.stores
left join alert using (store_id)
cross join lateral (select count(*) from ref.shelves as own where own.store_id = stores.store_id) as shelves
where ((select ref.sees_everything()) or stores.store_id in (select ref.visible_store_ids())) and shelves.count > 0
order by coalesce(alert.alerts, 0) desc, stores.store_id
limit $1
