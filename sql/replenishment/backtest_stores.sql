-- Stores that sold something in a span of days, or those of them that are asked for.
-- $1 first day, $2 last day, $3 stores, or null for all.
select store_id
from analytics.dim_store as store
where ($3::text[] is null or store_id = any ($3))
  and exists (
    select from analytics.fact_sales as sale
    where sale.store_key = store.store_key and sale.sale_date between $1 and $2
  )
group by store_id
order by store_id
