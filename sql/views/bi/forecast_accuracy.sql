create or replace view bi.forecast_accuracy with (security_invoker = true) as
select
  target_date,
  store_key,
  category,
  horizon_days,
  model_name,
  model_version,
  forecasts,
  actual_quantity,
  forecast_quantity,
  absolute_error,
  intervals,
  pinball_loss,
  covered_80,
  covered_90,
  round(absolute_error / nullif(actual_quantity, 0), 4) as wape,
  round((forecast_quantity - actual_quantity) / nullif(actual_quantity, 0), 4) as bias,
  round(pinball_loss / nullif(intervals, 0), 6) as mean_pinball_loss,
  round(covered_80::numeric / nullif(intervals, 0), 4) as coverage_80,
  round(covered_90::numeric / nullif(intervals, 0), 4) as coverage_90,
  updated_at at time zone 'UTC' as updated_at,
  squared_error,
  relative_error,
  sold_forecasts
from analytics.forecast_accuracy;

comment on view bi.forecast_accuracy is 'Every past forecast compared with the actual sales, by store × category × days ahead × day. Sum before you divide: the ratios are of one row.';
comment on column bi.forecast_accuracy.target_date is 'The day that was forecast.';
comment on column bi.forecast_accuracy.store_key is 'Version of the store on the day.';
comment on column bi.forecast_accuracy.category is 'Category of the products on the day; Unknown if the catalogue has none.';
comment on column bi.forecast_accuracy.horizon_days is 'Days from the last day that the forecast knew: 1 is the next day.';
comment on column bi.forecast_accuracy.model_name is 'The model; weekday_mean without a champion.';
comment on column bi.forecast_accuracy.model_version is 'Its version in the registry.';
comment on column bi.forecast_accuracy.forecasts is 'Forecasts, one a product.';
comment on column bi.forecast_accuracy.actual_quantity is 'Units that sold.';
comment on column bi.forecast_accuracy.forecast_quantity is 'Units that were forecast, the mean.';
comment on column bi.forecast_accuracy.absolute_error is 'Sum over the products of |forecast − sold|.';
comment on column bi.forecast_accuracy.intervals is 'Forecasts that had quantiles.';
comment on column bi.forecast_accuracy.pinball_loss is 'Sum over those of the mean pinball loss of their seven quantiles, in units.';
comment on column bi.forecast_accuracy.covered_80 is 'Those of which what sold lay between the 10 % and the 90 % quantile.';
comment on column bi.forecast_accuracy.covered_90 is 'Those of which what sold lay between the 5 % and the 95 % quantile.';
comment on column bi.forecast_accuracy.wape is 'absolute_error ÷ actual_quantity; null where nothing sold.';
comment on column bi.forecast_accuracy.bias is '(forecast − sold) ÷ sold: above zero when too much was forecast; null where nothing sold.';
comment on column bi.forecast_accuracy.mean_pinball_loss is 'pinball_loss ÷ intervals.';
comment on column bi.forecast_accuracy.coverage_80 is 'covered_80 ÷ intervals: 0.8 is what is promised.';
comment on column bi.forecast_accuracy.coverage_90 is 'covered_90 ÷ intervals: 0.9 is what is promised.';
comment on column bi.forecast_accuracy.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on column bi.forecast_accuracy.squared_error is 'Sum over the products of (forecast − sold)²; ÷ forecasts its root is the RMSE. Null: loaded before it was kept.';
comment on column bi.forecast_accuracy.relative_error is 'Sum of |forecast − sold| ÷ sold over the products that sold; ÷ sold_forecasts it is the MAPE. Null: as above.';
comment on column bi.forecast_accuracy.sold_forecasts is 'Forecasts of the products that sold. Null: as above.';
