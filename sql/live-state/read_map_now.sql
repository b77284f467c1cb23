-- What changes on the map of a store from one moment to the next. $1 store, $2 at most.
select
  shelf.product_id as "productId",
  ops.decimal_text(shelf.available) as available,
  (shelf.available / nullif(shelves.capacity, 0))::float8 as fill,
  coalesce(alert.alerts, 0) as alerts,
  shelf.last_weight_at as "lastWeightAt"
from state.shelf
join ref.shelves using (store_id, product_id)
left join (
  select product_id, count(*)::integer as alerts
  from ops.alert
  where store_id = $1 and status in ('open', 'acknowledged')
  group by product_id
) as alert using (product_id)
where shelf.store_id = $1
order by shelf.product_id
limit $2
