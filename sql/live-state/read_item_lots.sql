-- The lots of a product on its shelf, the soonest to expire first. $1 store, $2 product, $3 at most.
select
  batch_id as "batchId",
  ops.decimal_text(on_hand) as "onHand",
  expires_on as "expiresOn",
  received_on as "receivedOn"
from state.shelf_lot_live
where store_id = $1 and product_id = $2 and on_hand > 0
order by expires_on, received_on, batch_id
limit $3
