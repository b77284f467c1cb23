create or replace view bi.ml_forecast_results with (security_invoker = true) as
select
  forecast.target_date,
  forecast.forecast_date,
  forecast.target_date - forecast.forecast_date as horizon_days,
  forecast.store_key,
  store.store_id,
  store.name as store_name,
  forecast.product_key,
  product.product_id,
  product.name as product_name,
  product.category,
  forecast.model_name,
  forecast.model_version,
  forecast.mean_quantity as forecast_quantity,
  forecast.p10_quantity,
  forecast.p50_quantity,
  forecast.p90_quantity,
  actual.quantity as actual_quantity,
  abs(forecast.mean_quantity - actual.quantity) as absolute_error,
  actual.quantity between forecast.p10_quantity and forecast.p90_quantity as is_within_interval,
  stockout.out_of_stock_minutes,
  forecast.updated_at at time zone 'UTC' as updated_at
from analytics.fact_forecast as forecast
left join analytics.dim_store as store on store.store_key = forecast.store_key
left join analytics.dim_product as product on product.product_key = forecast.product_key
left join analytics.fact_inventory as day
  on day.inventory_date = forecast.target_date and day.store_key = forecast.store_key and day.product_key = forecast.product_key
left join analytics.sales_by_store_day as open_day
  on open_day.sale_date = forecast.target_date and open_day.store_key = forecast.store_key
left join analytics.fact_stockout as stockout
  on stockout.stockout_date = forecast.target_date and stockout.store_key = forecast.store_key
  and stockout.product_key = forecast.product_key
cross join lateral (
  select case when open_day.store_key is not null then coalesce(day.sold_quantity, 0) end as quantity
) as actual;

comment on view bi.ml_forecast_results is 'Every forecast of a product in a store, with its interval and, once the day is known, what was sold. A day without sales of the store is no day without demand: it has no actual quantity.';
comment on column bi.ml_forecast_results.target_date is 'The day that is forecast.';
comment on column bi.ml_forecast_results.forecast_date is 'The last day that the forecast knew.';
comment on column bi.ml_forecast_results.horizon_days is 'Days between them: 1 is the next day.';
comment on column bi.ml_forecast_results.store_key is 'Version of the store when the forecast was made.';
comment on column bi.ml_forecast_results.store_id is 'The store, as the sources call it.';
comment on column bi.ml_forecast_results.store_name is 'Its name.';
comment on column bi.ml_forecast_results.product_key is 'Version of the product when the forecast was made.';
comment on column bi.ml_forecast_results.product_id is 'The product, as the sources call it.';
comment on column bi.ml_forecast_results.product_name is 'Its name.';
comment on column bi.ml_forecast_results.category is 'Its category.';
comment on column bi.ml_forecast_results.model_name is 'The model.';
comment on column bi.ml_forecast_results.model_version is 'Its version in the registry.';
comment on column bi.ml_forecast_results.forecast_quantity is 'Expected units.';
comment on column bi.ml_forecast_results.p10_quantity is 'Units that demand stays below with probability 10 %.';
comment on column bi.ml_forecast_results.p50_quantity is 'Units that demand stays below with probability 50 %.';
comment on column bi.ml_forecast_results.p90_quantity is 'Units that demand stays below with probability 90 %.';
comment on column bi.ml_forecast_results.actual_quantity is 'Units sold less units returned; null as long as the day is not known.';
comment on column bi.ml_forecast_results.absolute_error is '|forecast_quantity − actual_quantity|.';
comment on column bi.ml_forecast_results.is_within_interval is 'The actual quantity is between the 10 % and the 90 % quantile.';
comment on column bi.ml_forecast_results.out_of_stock_minutes is 'Minutes of the day without stock: then the actual quantity is below the demand. Null: none.';
comment on column bi.ml_forecast_results.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
