-- Sales by day and currency of the stores that the login sees: of the newest day that was built and of the 14 before it.
with newest as (
  select max(sale_date) as day from bi.sales_by_store_day
)

select
  days.sale_date as day,
  dim_store.currency,
  sum(days.net_amount)::text as "netAmount",
  sum(days.transactions)::bigint as transactions
from newest
join bi.sales_by_store_day as days on days.sale_date between newest.day - 14 and newest.day
join bi.dim_store using (store_key)
group by 1, 2
order by 2, 1
