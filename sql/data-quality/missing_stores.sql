-- Stores that sold on most of the seven days before the newest complete day, and nothing on that day.
with newest as (select max(sale_date) - 1 as complete_date from state.sales_day),

store_days as (
  select distinct store_id, sale_date
  from state.sales_day
  cross join newest
  where sale_date between complete_date - 7 and complete_date
)

select store_id, complete_date as date, count(*) filter (where sale_date < complete_date) as days_sold
from store_days
cross join newest
group by store_id, complete_date
having count(*) filter (where sale_date < complete_date) >= 5
  and count(*) filter (where sale_date = complete_date) = 0
order by store_id
