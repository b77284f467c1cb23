-- Adds a day's changes to what has moved in all. {date}: the day.
insert into ops.inventory_balances as balance (store_id, product_id, quantity, last_date)
select store_id, product_id, difference, {date} from movement where is_staged or difference <> 0
on conflict (store_id, product_id) do update set
  quantity = balance.quantity + excluded.quantity,
  last_date = greatest(balance.last_date, excluded.last_date);

drop table movement;
