/** What the pages about forecasts show in tests: a month of comparisons by store and category, and overrides that are over and in force. */
export const forecastSeed: readonly string[] = [
  `insert into analytics.forecast_accuracy (target_date, store_key, category, horizon_days, model_name, model_version, forecasts, actual_quantity, forecast_quantity,
     absolute_error, intervals, pinball_loss, covered_80, covered_90)
   select day, analytics.dimension_key(store_id, '2020-01-01'), category, ahead, 'demand', 3, 4, actual, round(actual * (1 + bias)), round(actual * (0.12 + 0.02 * ahead)), 4, 2, 3, 4
   from generate_series(current_date - 40, current_date - 1, interval '1 day') as day
   cross join unnest(array['367', '406', '412']) as store_id
   cross join (values ('Dairy', 180, 0.04), ('Meat', 42, -0.14), ('Snacks', 25, 0.02), ('Bakery', 33, 0.07)) as own (category, level, bias)
   cross join unnest(array[1, 7]) as ahead
   cross join lateral (select round(level * (1 + 0.25 * sin(extract(doy from day) * 0.9)))::numeric as actual) as sold`,
  `insert into ops.forecast_override (store_id, product_id, from_date, to_date, quantity, factor, reason, expires_on, created_by, created_at)
   values ('406', 'milk', current_date - 8, current_date - 4, null, 1.25, 'Harbour festival', current_date - 4, 'omar', now() - interval '10 days'),
     ('406', 'bread', current_date + 2, current_date + 6, 40, null, 'School holidays', current_date + 6, 'omar', now() - interval '1 hour')`,
  `insert into analytics.sales_by_store_day
   select day, analytics.dimension_key('406', '2020-01-01'), 900, 2400, 700, 3000, 9000, 400, 8600, 900, 12, 12, 60
   from generate_series(current_date - 8, current_date - 4, interval '1 day') as day on conflict do nothing`,
  'select from analytics.refresh_bi()',
]
