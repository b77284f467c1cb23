-- A product in a store by day: what was sold and was there, what was forecast the day before, and from today on what the newest forecast
-- expects. $1 store, $2 product, $3 first day, $4 last day, $5 today.
with key as materialized (
  select
    (select array_agg(store_key) from analytics.dim_store where store_id = $1) as stores,
    (select array_agg(product_key) from analytics.dim_product where product_id = $2) as products
),
newest as materialized (
  select made::date as forecast_date
  from key
  cross join generate_series($5::date, $5::date - 14, interval '-1 day') as made
  -- One look into the index for each day, the newest first: of all days at once, every forecast of a fortnight would be read.
  cross join lateral (
    select from analytics.fact_forecast as fact
    where fact.forecast_date = made::date and fact.store_key = any (stores) and fact.product_key = any (products)
    limit 1
  ) as one
  order by made desc
  limit 1
)
select
  day::date as day,
  ops.decimal_text(sold.units) as sold,
  ops.decimal_text(sold.revenue) as revenue,
  ops.decimal_text(stock.closing_quantity) as stock,
  ops.decimal_text(stock.received_quantity) as received,
  out.out_of_stock_minutes::integer as "outOfStockMinutes",
  ops.decimal_text(forecast.mean_quantity) as mean,
  ops.decimal_text(forecast.p10_quantity) as p10,
  ops.decimal_text(forecast.p50_quantity) as p50,
  ops.decimal_text(forecast.p90_quantity) as p90,
  forecast.forecast_date as "forecastDate",
  forecast.model_name || ' v' || forecast.model_version as model,
  override.override_id as "overrideId",
  override.quantity as "overrideQuantity",
  override.factor as "overrideFactor"
from generate_series($3::date, $4::date, interval '1 day') as day
left join state.sales_day as sold on sold.store_id = $1 and sold.product_id = $2 and sold.sale_date = day::date
cross join key
left join lateral (
  select own.closing_quantity, own.received_quantity
  from analytics.fact_inventory as own
  where own.inventory_date = day::date and own.store_key = any (stores) and own.product_key = any (products)
  limit 1
) as stock on true
left join lateral (
  select sum(own.out_of_stock_minutes) as out_of_stock_minutes
  from analytics.fact_stockout as own
  where own.stockout_date = day::date and own.store_key = any (stores) and own.product_key = any (products)
) as out on true
left join lateral (
  select own.*
  from analytics.fact_forecast as own
  where own.store_key = any (stores) and own.product_key = any (products) and own.target_date = day::date
    and own.forecast_date = case when day::date < $5::date then day::date - 1 else (select forecast_date from newest) end
  order by own.model_name
  limit 1
) as forecast on true
-- The one that was in force on the day; ahead, the one that is in force today.
left join lateral (
  select own.override_id, ops.decimal_text(own.quantity) as quantity, ops.decimal_text(own.factor) as factor
  from ops.forecast_override as own
  cross join lateral (select ops.time_zone_of($1) as zone, least(day::date, $5::date) as on_day) as at
  where own.store_id = $1 and own.product_id = $2 and day::date between own.from_date and own.to_date
    and own.expires_on >= on_day
    and (own.created_at at time zone zone)::date <= on_day
    and (own.withdrawn_at is null or (own.withdrawn_at at time zone zone)::date > on_day)
  order by own.override_id desc
  limit 1
) as override on true
order by day
