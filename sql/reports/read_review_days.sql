-- Revenue by the day of a week and of the week before. $1 first and $2 last day, $3 stores: null for all that can be read.
select
  day::date::text as day,
  coalesce(sum(net_amount) filter (where sale_date = day::date), 0)::text as revenue,
  coalesce(sum(net_amount) filter (where sale_date = day::date - 7), 0)::text as "weekBefore"
from generate_series($1::date, $2::date, interval '1 day') as day
left join (
  select sale_date, net_amount
  from bi.sales_by_store_day
  join bi.dim_store using (store_key)
  where sale_date between $1::date - 7 and $2 and ($3::text[] is null or store_id = any ($3))
) as sold on sold.sale_date in (day::date, day::date - 7)
group by day
order by day
