-- The stores with shelves that the login sees, those with the most open alerts first. $1 at most.
with alert as materialized (
  select store_id, count(*)::integer as alerts
  from ops.alert
  where status in ('open', 'acknowledged') and product_id is not null
  group by store_id
),
page as materialized (
  select stores.store_id, stores.name, stores.region, coalesce(alert.alerts, 0) as alerts
  from ref.stores
  left join alert using (store_id)
  where ((select ref.sees_everything()) or stores.store_id in (select ref.visible_store_ids()))
    and exists (select from ref.shelves as own where own.store_id = stores.store_id)
  order by coalesce(alert.alerts, 0) desc, stores.store_id
  limit $1
)
select
  page.store_id as "storeId",
  page.name,
  page.region,
  (select count(*) from ref.shelves as own where own.store_id = page.store_id)::integer as shelves,
  page.alerts,
  exists (select from ref.store_layout as layout where layout.store_id = page.store_id and not is_removed) as "hasLayout"
from page
order by page.alerts desc, page.store_id
