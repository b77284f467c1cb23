-- A day's stock movements but for sales, which fact_sales holds with their instants.
select store_id, product_id, event_at as moved_at, quantity_change as quantity
from {inventory}
where {keep} and reason <> 'sale'
