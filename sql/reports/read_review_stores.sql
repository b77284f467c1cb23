-- The stores of a week, those with the largest revenue first. $1 first and $2 last day, $3 stores: null for all that can be
-- read, $4 stores at most.
with store as (
  select store_key, store_id from bi.dim_store where $3::text[] is null or store_id = any ($3)
),
sold as (
  select
    store_id,
    sum(net_amount) filter (where sale_date >= $1) as revenue,
    sum(net_amount) filter (where sale_date < $1) as week_before,
    sum(margin_amount) filter (where sale_date >= $1) as margin,
    sum(costed_net_amount) filter (where sale_date >= $1) as costed
  from bi.sales_by_store_day
  join store using (store_key)
  where sale_date between $1::date - 7 and $2
  group by store_id
),
lost as (
  select store_id, sum(lost_amount) as amount
  from bi.fact_stockout
  join store using (store_key)
  where stockout_date between $1 and $2
  group by store_id
),
waste as (
  select store_id, sum(cost_amount) as amount
  from bi.fact_waste
  join store using (store_key)
  where waste_date between $1 and $2
  group by store_id
),
target as (
  select store_id, sum(target_amount) as amount
  from bi.sales_target
  where target_date between $1 and $2 and ($3::text[] is null or store_id = any ($3))
  group by store_id
)
select
  sold.store_id as "storeId",
  current.name,
  current.currency,
  coalesce(sold.revenue, 0)::text as revenue,
  sold.week_before::text as "weekBefore",
  target.amount::text as target,
  (sold.margin / nullif(sold.costed, 0))::text as "marginRate",
  lost.amount::text as "lostSales",
  waste.amount::text as waste
from sold
join bi.dim_store as current on current.store_id = sold.store_id and current.is_current
left join lost on lost.store_id = sold.store_id
left join waste on waste.store_id = sold.store_id
left join target on target.store_id = sold.store_id
order by sold.revenue desc nulls last, sold.store_id
limit $4
