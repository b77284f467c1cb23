-- Products that lie in their store and sold there before: if they have not sold within the window of the features, they have ended.
-- What a store has run out of may sell again. {date}: the last day that is known.
select store_id, product_id
from ref.shelves as shelf
join state.stock using (store_id, product_id)
where on_hand > 0
  and exists (
    select
    from state.sales_day as day
    where day.store_id = shelf.store_id and day.product_id = shelf.product_id and day.units > 0 and day.sale_date <= {date}
  )
