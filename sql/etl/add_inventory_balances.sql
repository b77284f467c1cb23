-- Adds a day's changes to what has moved in all, in the order of the primary key. {date}: the day.
insert into ops.inventory_balances as balance (store_key, product_key, quantity, last_date)
select first_store_key, first_product_key, difference, {date} from movement where is_staged or difference <> 0
order by first_store_key, first_product_key
on conflict (store_key, product_key) do update set
  quantity = balance.quantity + excluded.quantity,
  last_date = greatest(balance.last_date, excluded.last_date);

drop table movement;
