-- What reports show of the days from $1 to $2, and which of them sold most.
select
  count(*)::integer as days,
  round(coalesce(sum(net_amount), 0))::text as revenue,
  coalesce(sum(transactions), 0)::bigint as baskets,
  (array_agg(sale_date::text order by net_amount desc))[1] as "bestDay"
from bi.sales_by_day
where sale_date between $1 and $2
