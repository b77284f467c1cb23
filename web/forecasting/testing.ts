/** What the page about forecasts shows in tests: a month of comparisons by store and category. */
export const forecastSeed: readonly string[] = [
  `insert into analytics.forecast_accuracy (target_date, store_key, category, horizon_days, model_name, model_version, forecasts, actual_quantity, forecast_quantity,
     absolute_error, intervals, pinball_loss, covered_80, covered_90)
   select day, analytics.dimension_key(store_id, '2020-01-01'), category, ahead, 'demand', 3, 4, actual, round(actual * (1 + bias)), round(actual * (0.12 + 0.02 * ahead)), 4, 2, 3, 4
   from generate_series(current_date - 40, current_date - 1, interval '1 day') as day
   cross join unnest(array['367', '406', '412']) as store_id
   cross join (values ('Dairy', 180, 0.04), ('Meat', 42, -0.14), ('Snacks', 25, 0.02), ('Bakery', 33, 0.07)) as own (category, level, bias)
   cross join unnest(array[1, 7]) as ahead
   cross join lateral (select round(level * (1 + 0.25 * sin(extract(doy from day) * 0.9)))::numeric as actual) as sold`,
]
