create or replace view bi.forecast_overrides with (security_invoker = true) as
select
  target_date,
  store_key,
  product_key,
  override_id,
  created_by,
  reason,
  untouched_quantity,
  overridden_quantity,
  actual_quantity,
  abs(untouched_quantity - actual_quantity) as untouched_error,
  abs(overridden_quantity - actual_quantity) as overridden_error,
  abs(untouched_quantity - actual_quantity) - abs(overridden_quantity - actual_quantity) as value_added,
  was_out_of_stock,
  updated_at at time zone 'UTC' as updated_at
from (
  select
    day::date as target_date,
    store.store_key,
    forecast.product_key,
    held.override_id,
    held.created_by,
    held.reason,
    forecast.mean_quantity as untouched_quantity,
    coalesce(held.quantity, forecast.mean_quantity * held.factor)::numeric(18, 6) as overridden_quantity,
    coalesce(sold.units, 0)::numeric(18, 6) as actual_quantity,
    exists (
      select from analytics.fact_stockout as empty
      where empty.stockout_date = day::date and empty.store_key = forecast.store_key and empty.product_key = forecast.product_key
        and empty.out_of_stock_minutes > 0
    ) as was_out_of_stock,
    greatest(forecast.updated_at, open_store.updated_at, held.created_at, held.withdrawn_at) as updated_at
  from ops.forecast_override as held
  join analytics.dim_store as store on store.store_id = held.store_id and store.is_current
  cross join lateral generate_series(held.from_date, least(held.to_date, held.expires_on), interval '1 day') as day
  cross join lateral (
    select fact.store_key, fact.product_key, fact.mean_quantity, fact.updated_at
    from analytics.fact_forecast as fact
    where fact.forecast_date = day::date - 1 and fact.target_date = day::date
      and fact.store_key in (select version.store_key from analytics.dim_store as version where version.store_id = held.store_id)
      and fact.product_key in (
        select version.product_key from analytics.dim_product as version where version.product_id = held.product_id
      )
    order by fact.model_name
    limit 1
  ) as forecast
  -- A store that reported nothing is a gap in the data, not a day without demand.
  cross join lateral (
    select day_of_store.updated_at
    from analytics.sales_by_store_day as day_of_store
    where day_of_store.sale_date = day::date
      and day_of_store.store_key in (
        select version.store_key from analytics.dim_store as version where version.store_id = held.store_id
      )
    limit 1
  ) as open_store
  left join state.sales_day as sold
    on sold.store_id = held.store_id and sold.product_id = held.product_id and sold.sale_date = day::date
  where day::date >= (held.created_at at time zone store.time_zone)::date
    and (held.withdrawn_at is null or day::date < (held.withdrawn_at at time zone store.time_zone)::date)
    and not exists (
      select from ops.forecast_override as newer
      where newer.store_id = held.store_id and newer.product_id = held.product_id and newer.override_id > held.override_id
        and day::date between newer.from_date and least(newer.to_date, newer.expires_on)
        and day::date >= (newer.created_at at time zone store.time_zone)::date
        and (newer.withdrawn_at is null or day::date < (newer.withdrawn_at at time zone store.time_zone)::date)
    )
) as compared;

comment on view bi.forecast_overrides is 'Days for which people have overridden a forecast, once they are over: was the forecast nearer to the actual sales, or the override? Measured against the forecast of the day before, on days on which the override was in force and the store sold.';
comment on column bi.forecast_overrides.target_date is 'The day.';
comment on column bi.forecast_overrides.store_key is 'Current version of the store.';
comment on column bi.forecast_overrides.product_key is 'Version of the product when the forecast was made.';
comment on column bi.forecast_overrides.override_id is 'The override: the newest that was in force on the day.';
comment on column bi.forecast_overrides.created_by is 'Who made it.';
comment on column bi.forecast_overrides.reason is 'Why.';
comment on column bi.forecast_overrides.untouched_quantity is 'Units that were forecast.';
comment on column bi.forecast_overrides.overridden_quantity is 'Units that were expected instead.';
comment on column bi.forecast_overrides.actual_quantity is 'Units that sold, net of returns.';
comment on column bi.forecast_overrides.untouched_error is '|forecast − sold|.';
comment on column bi.forecast_overrides.overridden_error is '|override − sold|.';
comment on column bi.forecast_overrides.value_added is 'Units by which the override was nearer; negative: the forecast was better.';
comment on column bi.forecast_overrides.was_out_of_stock is 'The product ran out on the day: demand was higher than what sold.';
comment on column bi.forecast_overrides.updated_at is 'When the forecast, the sales or the override was last written, UTC: the column to detect changes by.';
