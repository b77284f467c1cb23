-- What was forecast on day $1.
select
  count(distinct target_date)::integer as days,
  count(distinct (store_key, product_key))::integer as series,
  round(coalesce(sum(mean_quantity), 0))::text as units,
  max(target_date)::text as "lastDay"
from bi.fact_forecast
where forecast_date = $1
