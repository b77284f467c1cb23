-- What Shelfline believes to be on the shelves of the stores $1.
select store_id, product_id, trim_scale(on_shelf)::text as on_shelf
from state.shelf_live
where store_id = any($1)
