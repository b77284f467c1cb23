-- What is expected of a product in a store by day, and what an override would make of it, from today on. $1 store, $2 product, $3 first day, $4 last
-- day, $5 today, $6 quantity and $7 factor: one of them.
with key as materialized (
  select
    (select array_agg(store_key) from analytics.dim_store where store_id = $1) as stores,
    (select array_agg(product_key) from analytics.dim_product where product_id = $2) as products
),
newest as materialized (
  select max(forecast_date) as forecast_date
  from key
  join analytics.fact_forecast as fact on store_key = any (stores) and product_key = any (products)
  where fact.forecast_date between $5::date - 7 and $5::date - 1
),
usual as materialized (
  select
    profile.units_per_day,
    (
      select array_agg(running_days[24 * weekday + 25] - running_days[24 * weekday + 1] order by weekday)
      from state.demand_pattern as pattern
      cross join generate_series(0, 6) as weekday
      where pattern.store_id = profile.store_id and pattern.category = profile.category
    ) as week
  from state.demand_profile as profile
  where profile.store_id = $1 and profile.product_id = $2
)
select
  day::date as day,
  ops.decimal_text(round(expected, 3)) as untouched,
  ops.decimal_text(round(coalesce($6::numeric, expected * $7::numeric), 3)) as overridden
from generate_series(greatest($3::date, $5::date), $4::date, interval '1 day') as day
cross join key
left join lateral (
  select fact.mean_quantity
  from analytics.fact_forecast as fact
  where fact.forecast_date = (select forecast_date from newest) and fact.target_date = day::date
    and fact.store_key = any (stores) and fact.product_key = any (products)
  order by fact.model_name
  limit 1
) as forecast on true
left join usual on forecast.mean_quantity is null
cross join lateral (
  select coalesce(
    forecast.mean_quantity, (usual.units_per_day * coalesce(usual.week[extract(isodow from day)::integer], 1))::numeric
  ) as expected
) as known
order by day
