-- Adds a day's changes to what has moved in all. No other run does so meanwhile: swaps of this asset wait for each other.
-- {date}: the day.
update ops.inventory_balances as balance set
  quantity = balance.quantity + movement.difference,
  last_date = greatest(balance.last_date, {date})
from movement
where balance.store_key = movement.first_store_key and balance.product_key = movement.first_product_key
  and (movement.difference <> 0 or balance.last_date < {date});

insert into ops.inventory_balances (store_key, product_key, quantity, last_date)
select first_store_key, first_product_key, difference, {date} from movement where last_date is null;

drop table movement;
