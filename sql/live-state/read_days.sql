-- Sales by day and currency of the stores that the login sees, and what they were to be: of the newest day that was built and of the 14
-- before it. A store whose sales are not known counts for neither.
with newest as (
  select max(sale_date) as day from bi.sales_by_store_day
),
-- Looked up in a hash, not row by row under the policy of the table.
store as materialized (
  select store_key, store_id, currency from bi.dim_store
),
target as materialized (
  select store_id, target_date, target_amount
  from bi.sales_target
  where target_date between (select day from newest) - 14 and (select day from newest)
),
sold as (
  select store.store_id, store.currency, days.sale_date, sum(days.net_amount) as net_amount, sum(days.transactions) as transactions
  from newest
  join bi.sales_by_store_day as days on days.sale_date between newest.day - 14 and newest.day
  join store using (store_key)
  group by store.store_id, store.currency, days.sale_date
)

select
  sold.sale_date as day,
  sold.currency,
  sum(sold.net_amount)::text as "netAmount",
  sum(sold.transactions)::bigint as transactions,
  sum(target.target_amount)::text as "targetAmount",
  (sum(sold.net_amount) filter (where target.target_amount is not null))::text as "targetedNetAmount"
from sold
left join target on target.store_id = sold.store_id and target.target_date = sold.sale_date
group by 1, 2
order by 2, 1
