-- A product that a store has: its name and the store's day. $1 store, $2 product. No row: the store does not have it, or is not seen.
select
  coalesce(products.name, $2) as "productName",
  (ops.now() at time zone coalesce(stores.time_zone, 'UTC'))::date as today
from ref.stores
left join ref.products on products.product_id = $2
where stores.store_id = $1
  and (
    exists (select from ref.shelves where shelves.store_id = $1 and shelves.product_id = $2)
    or exists (select from state.stock where stock.store_id = $1 and stock.product_id = $2)
    or exists (select from state.sales_day where sales_day.store_id = $1 and sales_day.product_id = $2)
  )
