-- Products of a store whose sales differed most from the forecasts of the day before, by money. $1 store, $2 category, null for all;
-- $3 first day, $4 last day, $5 at most.
with store as materialized (
  select array_agg(store_key) as keys from analytics.dim_store where store_id = $1
),
forecast as materialized (
  select
    product.product_id,
    fact.target_date,
    fact.mean_quantity,
    fact.p10_quantity,
    fact.p90_quantity
  from store
  cross join generate_series($3::date, $4::date, interval '1 day') as day
  join analytics.fact_forecast as fact
    on fact.forecast_date = day::date - 1 and fact.store_key = any (keys) and fact.target_date = day::date
  join analytics.dim_product as product using (product_key)
  where $2::text is null or product.category = $2
),
compared as (
  select
    forecast.product_id,
    sum(coalesce(sold.units, 0)) as sold,
    sum(mean_quantity) as forecast,
    count(*) filter (where coalesce(sold.units, 0) not between p10_quantity and p90_quantity)::integer as days_outside,
    count(*)::integer as days
  from forecast
  left join state.sales_day as sold
    on sold.store_id = $1 and sold.product_id = forecast.product_id and sold.sale_date = forecast.target_date
  group by forecast.product_id
)
select
  compared.product_id as "productId",
  coalesce(products.name, compared.product_id) as name,
  products.category,
  ops.decimal_text(sold) as sold,
  ops.decimal_text(round(forecast, 3)) as forecast,
  days_outside as "daysOutside",
  days,
  round(abs(sold - forecast) * rate.unit_price, 2)::text as money,
  stores.currency
from compared
left join ref.products using (product_id)
left join ref.stores on stores.store_id = $1
left join state.sales_rate as rate on rate.store_id = $1 and rate.product_id = compared.product_id
where sold <> forecast
order by abs(sold - forecast) * coalesce(rate.unit_price, 0) desc, compared.product_id
limit $5
