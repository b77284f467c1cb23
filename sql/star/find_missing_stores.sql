-- Stores that sold in the seven days before and have not on the day. {date}: the day; {staging}: its lines.
-- Each store's newest version and each day is one look into the index.
select store.store_id
from analytics.dim_store as store
where exists (
    select from analytics.fact_sales as sale
    where sale.sale_date = any (array(select {date} - back from generate_series(1, 7) as back))
      and sale.store_key = store.store_key
  )
  and not exists (select from {staging} as staged where staged.store_id = store.store_id)
order by store.store_id
