create or replace view bi.forecast_accuracy_by_category with (security_invoker = true) as
select
  target_date, category, horizon_days, model_name, model_version, stores, forecasts, actual_quantity, forecast_quantity,
  absolute_error, intervals, pinball_loss, covered_80, covered_90,
  updated_at at time zone 'UTC' as updated_at,
  squared_error, squared_forecasts, relative_error, sold_forecasts
from (
  select
    target_date, category, horizon_days, model_name, model_version, stores, forecasts, actual_quantity, forecast_quantity,
    absolute_error, intervals, pinball_loss, covered_80, covered_90, updated_at, squared_error, squared_forecasts, relative_error,
    sold_forecasts
  from analytics.forecast_accuracy_total
  where (select ref.sees_everything())
  union all
  select
    target_date,
    category,
    horizon_days,
    model_name,
    model_version,
    count(distinct store_key),
    sum(forecasts)::bigint,
    sum(actual_quantity),
    sum(forecast_quantity),
    sum(absolute_error),
    sum(intervals),
    sum(pinball_loss),
    sum(covered_80),
    sum(covered_90),
    max(updated_at),
    sum(squared_error),
    sum(forecasts) filter (where squared_error is not null),
    sum(relative_error),
    sum(sold_forecasts)
  from analytics.forecast_accuracy
  where not (select ref.sees_everything())
  group by target_date, category, horizon_days, model_name, model_version
) as error;

comment on view bi.forecast_accuracy_by_category is 'Errors of forecasts per category, day and days ahead over all stores that the reader sees; forecast_accuracy has them by store.';
comment on column bi.forecast_accuracy_by_category.target_date is 'The day that was forecast.';
comment on column bi.forecast_accuracy_by_category.category is 'Category of the products.';
comment on column bi.forecast_accuracy_by_category.horizon_days is 'Days from the forecast to the day.';
comment on column bi.forecast_accuracy_by_category.model_name is 'The model.';
comment on column bi.forecast_accuracy_by_category.model_version is 'Its version in the registry.';
comment on column bi.forecast_accuracy_by_category.stores is 'Stores with a forecast.';
comment on column bi.forecast_accuracy_by_category.forecasts is 'Forecasts that are summed here.';
comment on column bi.forecast_accuracy_by_category.actual_quantity is 'Units that sold.';
comment on column bi.forecast_accuracy_by_category.forecast_quantity is 'Units that were forecast.';
comment on column bi.forecast_accuracy_by_category.absolute_error is 'Sum of |forecast − sold|; ÷ actual_quantity it is the WAPE.';
comment on column bi.forecast_accuracy_by_category.intervals is 'Forecasts with quantiles.';
comment on column bi.forecast_accuracy_by_category.pinball_loss is 'Sum of their pinball losses.';
comment on column bi.forecast_accuracy_by_category.covered_80 is 'Those whose 80 % interval contains what sold.';
comment on column bi.forecast_accuracy_by_category.covered_90 is 'Those whose 90 % interval contains what sold.';
comment on column bi.forecast_accuracy_by_category.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on column bi.forecast_accuracy_by_category.squared_error is 'Sum of (forecast − sold)², as far as it is kept.';
comment on column bi.forecast_accuracy_by_category.squared_forecasts is 'Forecasts in it: the root of squared_error ÷ squared_forecasts is the RMSE.';
comment on column bi.forecast_accuracy_by_category.relative_error is 'Sum of |forecast − sold| ÷ sold of what sold; ÷ sold_forecasts it is the MAPE.';
comment on column bi.forecast_accuracy_by_category.sold_forecasts is 'Forecasts in relative_error.';
