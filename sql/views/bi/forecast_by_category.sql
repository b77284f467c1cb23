create or replace view bi.forecast_by_category with (security_invoker = true) as
select
  forecast_date, target_date, category, model_name, model_version, stores, forecasts, mean_quantity, p10_quantity, p90_quantity,
  updated_at at time zone 'UTC' as updated_at
from (
  select
    forecast_date, target_date, category, model_name, model_version, stores, forecasts, mean_quantity, p10_quantity, p90_quantity,
    updated_at
  from analytics.forecast_by_category_total
  where (select ref.sees_everything())
  union all
  select
    forecast_date,
    target_date,
    category,
    model_name,
    model_version,
    count(distinct store_key),
    sum(forecasts)::bigint,
    sum(mean_quantity),
    sum(p10_quantity),
    sum(p90_quantity),
    max(updated_at)
  from analytics.forecast_by_category
  where not (select ref.sees_everything())
  group by forecast_date, target_date, category, model_name, model_version
) as forecast;

comment on view bi.forecast_by_category is 'Forecasts per category and day over all stores that the reader sees; fact_forecast has them by store and product.';
comment on column bi.forecast_by_category.forecast_date is 'The last day that the forecast knew.';
comment on column bi.forecast_by_category.target_date is 'The day that is forecast.';
comment on column bi.forecast_by_category.category is 'Category of the products; Unknown where the catalogue has none.';
comment on column bi.forecast_by_category.model_name is 'The model.';
comment on column bi.forecast_by_category.model_version is 'Its version in the registry.';
comment on column bi.forecast_by_category.stores is 'Stores with a forecast.';
comment on column bi.forecast_by_category.forecasts is 'Forecasts, one a store and product.';
comment on column bi.forecast_by_category.mean_quantity is 'Expected units.';
comment on column bi.forecast_by_category.p10_quantity is 'The 10 % quantiles of the products, summed: below the 10 % quantile of the sum.';
comment on column bi.forecast_by_category.p90_quantity is 'The 90 % quantiles of the products, summed: above the 90 % quantile of the sum.';
comment on column bi.forecast_by_category.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
