-- Sales by day and currency of the stores that the login sees: of the newest day that was built and of the 14 before it.
with newest as (
  select max(sale_date) as day from bi.sales_by_store_day
),
-- Looked up in a hash, not row by row under the policy of the table.
store as materialized (
  select store_key, currency from bi.dim_store
)

select
  days.sale_date as day,
  store.currency,
  sum(days.net_amount)::text as "netAmount",
  sum(days.transactions)::bigint as transactions
from newest
join bi.sales_by_store_day as days on days.sale_date between newest.day - 14 and newest.day
join store using (store_key)
group by 1, 2
order by 2, 1
