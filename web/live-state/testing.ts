/** What the pages about stock show in tests: shelves, lots, sales and forecasts of the last weeks, up to now. */

const items = `(values
  ('367', 'milk', 0, 48, 96.0, 1.19), ('367', 'beef', 0, 18, 18.4, 4.79), ('367', 'chips', 3, 24, 6.2, 1.99),
  ('367', 'tea', 21, 24, 1.4, 2.99), ('367', 'bread', 12, 16, 14.0, 2.49),
  ('406', 'milk', 2, 48, 96.0, 1.19), ('406', 'chips', 14, 24, 5.1, 1.99), ('406', 'tea', 8, 24, 1.1, 2.99),
  ('412', 'milk', 31, 48, 70.0, 1.25), ('412', 'bread', 6, 16, 9.0, 2.59)
) as item (store_id, product_id, available, capacity, per_day, price)`

export const stockSeed: readonly string[] = [
  `select analytics.ensure_partitions(current_date - 100, current_date + 1)`,
  `insert into analytics.dim_product (product_key, product_id, name, category, department, valid_from, valid_to, is_current)
   select analytics.dimension_key(product_id, '2020-01-01'), product_id, name, category, department, '2020-01-01', '9999-12-31 00:00:00+00', true from ref.products`,
  `insert into ref.shelves (store_id, product_id, shelf_id, capacity, unit_weight, warehouse_id, recorded_at)
   select store_id, product_id, upper(left(product_id, 1)) || row_number() over (partition by store_id order by product_id), capacity, 0.5, 'W1', now() from ${items}`,
  `insert into state.shelf (store_id, product_id, refilled, picked, last_weight, last_weight_at, last_refill_at, last_pick_at, last_sale_at)
   select store_id, product_id, 1000 + available, 1000, available * 0.5, now() - interval '2 minutes', now() - interval '5 hours', now() - interval '10 minutes', now() - interval '9 minutes' from ${items}`,
  `insert into state.shelf_lot (store_id, product_id, batch_id, refilled, removed, expires_on, received_on, last_event_on)
   select store_id, product_id, 'B-' || lot, 1000, 0, current_date + lot, current_date - 3, current_date - 1
   from ${items} cross join generate_series(1, 2) as lot where product_id in ('milk', 'bread', 'beef')`,
  `insert into state.sales_rate (store_id, product_id, rate_date, units_per_day, unit_price) select store_id, product_id, current_date, per_day, price from ${items}`,
  `select state.sum_warehouse_rates(array(select distinct warehouse_id from ref.shelves))`,
  `insert into state.price (store_id, product_id, valid_from, event_id, price, reason, promotion_id)
   select store_id, product_id, now() - make_interval(days => age), 'price-' || age, round(price * factor, 2), reason, promotion
   from ${items} cross join (values (60, 1.1, 'regular', null), (20, 0.8, 'promotion', 'P-7'), (13, 1, 'regular', null)) as change (age, factor, reason, promotion)`,
  `insert into state.stock_out_risk (store_id, product_id, probability, hours_of_cover, expected_lost_units, money_at_risk, horizon_until, evaluated_at, shelf_updated_at)
   select store_id, product_id, risk, 24 * available / per_day, risk * per_day, round((risk * per_day * price)::numeric, 2), now() + interval '18 hours', now(), now()
   from ${items} cross join lateral (select (1 - available / capacity::float8) ^ 2 as risk) as chance`,
  `insert into state.availability (store_id, product_id, hour, p_available, recent_sales, recent_expected, silent_hours, silent_expected, evidence)
   select store_id, product_id, date_trunc('hour', now()) - interval '1 hour', least(0.99, available / 10.0 + 0.02), 4, 5, 1, 0.5, '{}' from ${items}`,
  `insert into state.demand_profile (store_id, product_id, profile_date, category, days, units_per_day, inverse_size, unit_price, sales_an_hour, depletion_factor, restock_factor)
   select store_id, product_id, current_date, '', 60, per_day, 0.05, price, array_fill(0.5::real, array[24]), 1, 1 from ${items}`,
  `insert into state.sales_day (store_id, product_id, sale_date, units, revenue, returned_units, returned_revenue, lines)
   select store_id, product_id, day, units, round(units * price, 2), 0, 0, units
   from ${items} cross join generate_series(current_date - 90, current_date, interval '1 day') as day
   cross join lateral (select round(per_day * (1 + 0.35 * sin(extract(doy from day) * 0.9)) * case when day = current_date then 0.4 else 1 end)::numeric as units) as sold`,
  `insert into analytics.fact_inventory (inventory_date, store_key, product_key, opening_quantity, received_quantity, sold_quantity, closing_quantity)
   select day, analytics.dimension_key(store_id, '2020-01-01'), analytics.dimension_key(product_id, '2020-01-01'), capacity, capacity, capacity + capacity - closing, closing
   from ${items} cross join generate_series(current_date - 90, current_date - 1, interval '1 day') as day
   cross join lateral (select round(capacity * (0.5 + 0.45 * sin(extract(doy from day) * 1.7)))::numeric as closing) as stock`,
  `insert into analytics.fact_stockout (stockout_date, store_key, product_key, out_of_stock_minutes, lost_quantity, is_observed)
   select current_date - age, analytics.dimension_key('367', '2020-01-01'), analytics.dimension_key('beef', '2020-01-01'), 340, 5, true from unnest(array[4, 5, 17]) as age`,
  `insert into analytics.fact_forecast (forecast_date, target_date, store_key, product_key, model_name, model_version, mean_quantity, p10_quantity, p50_quantity, p90_quantity)
   select made, target, analytics.dimension_key(store_id, '2020-01-01'), analytics.dimension_key(product_id, '2020-01-01'), 'demand', 3, mean, mean * 0.75, mean * 0.98, mean * 1.3
   from ${items} cross join generate_series(current_date - 90, current_date - 1, interval '1 day') as made
   cross join lateral (select made + make_interval(days => ahead) as target from generate_series(1, case when made = current_date - 1 then 15 else 1 end) as ahead) as horizon
   cross join lateral (select per_day * (1 + 0.3 * sin(extract(doy from target) * 0.9)) as mean) as expected
   where product_id <> 'tea'`,
  `insert into state.warehouse (warehouse_id, product_id, received, shipped, last_received_at, last_shipped_at)
   select 'W1', product_id, 1000, shipped, now() - interval '2 days', now() - interval '3 hours'
   from (values ('milk', 940), ('beef', 1000), ('chips', 700), ('tea', 610), ('bread', 955)) as own (product_id, shipped)`,
  `insert into state.warehouse_lot (warehouse_id, product_id, batch_id, received, shipped, expires_on, received_on, last_event_on)
   select warehouse_id, product_id, 'W-' || product_id, received, shipped, current_date + 4, current_date - 2, current_date from state.warehouse`,
  `insert into ref.supply_terms (terms_id, product_id, supplier_id, unit_cost, pack_size, preference, recorded_at)
   select '*/' || product_id || '/' || supplier, product_id, supplier, 0.62, 12, 1, now()
   from (values ('milk', 'dairy'), ('beef', 'acme'), ('chips', 'acme'), ('tea', 'acme'), ('bread', 'dairy')) as own (product_id, supplier)`,
  `insert into ops.discount (store_id, product_id, batch_id, discount_date, expires_on, percent, on_hand, started_at)
   values ('367', 'bread', 'B-1', current_date, current_date + 1, 30, 7, now() - interval '3 hours')`,
  `insert into ops.restock_plan (plan_id, store_id, product_id, warehouse_id, quantity, available, capacity, status, is_short, picked_quantity, planned_at, picked_at)
   select 'R-' || store_id || '-' || product_id, store_id, product_id, 'W1', capacity - available, available, capacity,
     case product_id when 'chips' then 'picked' else 'open' end, product_id = 'beef', case product_id when 'chips' then capacity - available else 0 end, now() - interval '25 minutes',
     case product_id when 'chips' then now() - interval '10 minutes' end
   from ${items} where available < 4`,
  `insert into ops.supplier_plan (plan_id, warehouse_id, product_id, quantity, on_hand, reorder_point, order_up_to, received_before, planned_at, due_at)
   values ('S-1', 'W1', 'beef', 240, 0, 90, 240, 1000, now() - interval '3 days', now() - interval '1 day'),
     ('S-2', 'W1', 'bread', 120, 45, 60, 165, 1000, now() - interval '6 hours', now() + interval '30 hours')`,
  `insert into state.basket (visit_date, store_id, product_id, customer_id, picked, sold, last_pick_at, last_event_at)
   select current_date, '367', product_id, 'c' || one, 2, case one when 1 then 0 else 2 end, now() - make_interval(mins => 10 * one), now() - make_interval(mins => 10 * one)
   from generate_series(1, 4) as one cross join unnest(array['chips', 'bread']) as product_id`,
  // A store whose plan was sent: nine aisles of eight shelves.
  `insert into ref.products (product_id, name, category, department, recorded_at)
   select 'p' || to_char(n, 'FM00'), (array['Alder', 'Birch', 'Cedar', 'Elm', 'Hazel', 'Larch', 'Maple', 'Rowan'])[1 + n % 8] || ' ' || thing, thing, 'Grocery', now()
   from generate_series(0, 71) as n
   cross join lateral (select (array['Apples', 'Yoghurt', 'Cheese', 'Pasta', 'Crisps', 'Cola', 'Coffee', 'Soap', 'Tins'])[1 + n / 8] as thing) as of_aisle`,
  `insert into ref.shelves (store_id, product_id, shelf_id, capacity, unit_weight, warehouse_id, recorded_at)
   select '412', product_id, 'S' || substr(product_id, 2), 24, 0.4, 'W1', now() from ref.products where product_id like 'p__'`,
  `insert into state.shelf (store_id, product_id, refilled, picked, last_weight_at)
   select '412', product_id, 100, 100 - (7 * n * n + 3 * n) % 25, now() - interval '2 minutes'
   from ref.shelves cross join lateral (select substr(product_id, 2)::integer as n) as number where shelf_id like 'S__' on conflict do nothing`,
  `insert into ref.store_layout (store_id, shelf_id, x, y, width, depth, level, aisle, is_removed, is_synthetic, recorded_at)
   select '412', shelf_id, 0.5 + (n % 4) * 1.2 + (aisle % 2) * 6.4, 0.8 + (aisle / 2) * 2.6, 1.2, 0.7, 1 + n / 4, category, false, false, now()
   from ref.shelves join ref.products using (product_id)
   cross join lateral (select substr(product_id, 2)::integer % 8 as n, substr(product_id, 2)::integer / 8 as aisle) as place
   where shelf_id like 'S__'`,
]
