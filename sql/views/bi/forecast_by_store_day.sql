create or replace view bi.forecast_by_store_day with (security_invoker = true) as
select
  target_date, store_key, forecast_date,
  target_date - forecast_date as horizon_days,
  forecasts, mean_quantity, p10_quantity, p90_quantity, actual_quantity,
  updated_at at time zone 'UTC' as updated_at
from analytics.forecast_by_store_day;

comment on view bi.forecast_by_store_day is 'The newest forecast of each store and day, summed over its products, and what they sold. Fresh within 15 minutes of the predictions.';
comment on column bi.forecast_by_store_day.target_date is 'The day that is forecast.';
comment on column bi.forecast_by_store_day.store_key is 'Version of the store when the forecast was made.';
comment on column bi.forecast_by_store_day.forecast_date is 'The last day that the forecast knew.';
comment on column bi.forecast_by_store_day.horizon_days is 'Days between them: 1 is the next day.';
comment on column bi.forecast_by_store_day.forecasts is 'Products that were forecast.';
comment on column bi.forecast_by_store_day.mean_quantity is 'Expected units.';
comment on column bi.forecast_by_store_day.p10_quantity is 'The 10 % quantiles of the products, summed: below the 10 % quantile of the sum.';
comment on column bi.forecast_by_store_day.p90_quantity is 'The 90 % quantiles of the products, summed: above the 90 % quantile of the sum.';
comment on column bi.forecast_by_store_day.actual_quantity is 'Units of these products that sold; null as long as the day is not known.';
comment on column bi.forecast_by_store_day.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
