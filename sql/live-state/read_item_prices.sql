-- The prices of a product in a store since a day, and the one before them, the oldest first. $1 store, $2 product, $3 day, $4 at most.
select valid_from as "validFrom", price::text as price, reason, promotion_id as "promotionId"
from (
  select valid_from, price, reason, promotion_id, event_id
  from state.price
  where store_id = $1 and product_id = $2 and valid_from >= coalesce(
    (select max(valid_from) from state.price where store_id = $1 and product_id = $2 and valid_from < $3::date), $3::date
  )
  order by valid_from desc, event_id desc
  limit $4
) as newest
order by valid_from, event_id
