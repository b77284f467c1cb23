-- Shelves that hold less than the policies' restock line now.
select count(*)::integer as shelves
from ref.shelf_policy
join ref.shelves using (store_id, product_id)
join state.shelf using (store_id, product_id)
where available < restock_below * capacity
