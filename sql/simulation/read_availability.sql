-- How sure Shelfline is that what the shelves of the stores $1 should hold can be bought, as of the last closed hour.
select live.store_id, live.product_id, live.hour, live.p_available
from state.availability as live
join state.shelf using (store_id, product_id)
where live.store_id = any($1) and shelf.available > 0
