-- What the live state has counted of the days from $1 to $2.
select
  coalesce(sum(sales.lines), 0)::bigint as lines,
  round(coalesce(sum(sales.revenue), 0))::text as revenue,
  count(distinct sales.store_id)::integer as stores,
  count(distinct sales.product_id)::integer as products,
  string_agg(distinct stores.currency, '/') as currency
from state.sales_day as sales
left join ref.stores as stores on stores.store_id = sales.store_id
where sales.sale_date between $1 and $2
