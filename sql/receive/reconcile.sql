-- Tills by day. $1 first day, $2 last day, $3 only those that are not equal, $4 at most.
select
  tills.sale_date::text as "saleDate", store.store_id as "storeId", tills.till_id as "tillId", tills.status,
  tills.reported_lines as "reportedLines", tills.loaded_lines as "loadedLines",
  ops.decimal_text(tills.reported_amount) as "reportedAmount", ops.decimal_text(tills.loaded_amount) as "loadedAmount"
from bi.till_reconciliation as tills
join analytics.dim_store as store using (store_key)
where tills.sale_date between $1 and $2 and (tills.status <> 'equal' or not $3)
order by tills.sale_date, store.store_id, tills.till_id
limit $4
