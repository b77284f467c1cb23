create or replace view bi.fact_forecast with (security_invoker = true) as
select
  forecast_date, target_date, store_key, product_key, model_name, model_version, mean_quantity, p10_quantity,
  p50_quantity, p90_quantity,
  updated_at at time zone 'UTC' as updated_at, deviation_quantity
from analytics.fact_forecast;

comment on view bi.fact_forecast is 'Demand for one product in one store on one day, as a model saw it on an earlier day.';
comment on column bi.fact_forecast.forecast_date is 'The last day that the forecast knew: it was made on the morning after. The load replaces this day whole.';
comment on column bi.fact_forecast.target_date is 'The day that is forecast.';
comment on column bi.fact_forecast.store_key is 'Version of the store when the forecast was made.';
comment on column bi.fact_forecast.product_key is 'Version of the product when the forecast was made.';
comment on column bi.fact_forecast.model_name is 'The model.';
comment on column bi.fact_forecast.model_version is 'Its version in the registry.';
comment on column bi.fact_forecast.mean_quantity is 'Expected units.';
comment on column bi.fact_forecast.p10_quantity is 'Units that demand stays below with probability 10 %.';
comment on column bi.fact_forecast.p50_quantity is 'Units that demand stays below with probability 50 %.';
comment on column bi.fact_forecast.p90_quantity is 'Units that demand stays below with probability 90 %.';
comment on column bi.fact_forecast.deviation_quantity is 'Standard deviation of the units that sell around the mean; null if the model has none.';
comment on column bi.fact_forecast.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
