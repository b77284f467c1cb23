-- The days of rows of a customer ($1: their names) in the database, YYYY-MM-DD.
select distinct day::date::text as day
from (
  select sale_date as day from analytics.fact_sales where customer_id = any($1::text[])
  union all
  select visit_date from state.basket where customer_id = any($1)
  union all
  select sale_date from state.sale_line where customer_id = any($1)
  union all
  select (last_event_at at time zone 'UTC')::date from state.online_order where customer_id = any($1)
) as days
order by day
