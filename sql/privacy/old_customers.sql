-- Customers of the live state who have no pseudonym ($1: what one looks like), and the days of their rows, YYYY-MM-DD.
select "customerId", day::date::text as day
from (
  select customer_id as "customerId", visit_date as day from state.basket where customer_id !~ $1
  union
  select customer_id, sale_date from state.sale_line where customer_id !~ $1
  union
  select customer_id, (last_event_at at time zone 'UTC')::date from state.online_order where customer_id !~ $1
) as old_customer
order by day, "customerId"
