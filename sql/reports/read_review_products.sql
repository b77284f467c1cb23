-- The products that cost most in a week: sales that were lost while they were out of stock, and waste. $1 first and $2 last
-- day, $3 stores: null for all that can be read, $4 products at most of each kind.
with store as (
  select store_key from bi.dim_store where $3::text[] is null or store_id = any ($3)
),
loss as (
  select 'lost_sales' as kind, product_key, store_key, lost_amount as amount, lost_quantity as quantity
  from bi.fact_stockout
  where stockout_date between $1 and $2
  union all
  select 'waste', product_key, store_key, cost_amount, wasted_quantity
  from bi.fact_waste
  where waste_date between $1 and $2
),
summed as (
  select
    kind, product_id, min(name) as name, count(distinct store_key) as stores, sum(amount) as amount, sum(quantity) as quantity
  from loss
  join store using (store_key)
  join bi.dim_product using (product_key)
  group by kind, product_id
),
ranked as (
  select *, row_number() over (partition by kind order by amount desc nulls last, product_id) as place from summed
)
select kind, product_id as "productId", name, stores::integer, amount::text, quantity::text
from ranked
where place <= $4 and (amount > 0 or quantity > 0)
order by kind, place
