-- As rename_baskets.sql, for the facts of sales; the sums of customers of these days are made again.
with changed as (
  update analytics.fact_sales set customer_id = renamed.name
  from unnest($1::text[], $2::date[], $3::text[]) as renamed (known, day, name)
  where fact_sales.customer_id = renamed.known and fact_sales.sale_date = renamed.day
  returning 1
)
select count(*) as rows from changed
