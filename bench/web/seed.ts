/** A chain for the web application's figures, made in SQL: its live state, its facts, and the people who look at it. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import type { PersonRole } from '../../services/access/people.ts'
import { startSession } from '../../services/access/sessions.ts'

export interface Scale {
  stores: number
  products: number
  /** Rows of the star schema. */
  facts: number
  people: number
}

export interface Reader {
  person: string
  role: PersonRole
  /** That they see, or one of those. */
  store: string
  cookie: string
}

const CATEGORIES = 20
const REGIONS = 10
const STORES_OF_WAREHOUSE = 50
/** Days that forecasts look ahead. */
const AHEAD = 7
const ACCURACY_DAYS = 28

function statementsOf({ stores, products, facts }: Scale): string[] {
  const pairs = stores * products
  /** Of the facts, a third is the newest forecast; the rest is what was sold, was there and was forecast before. */
  const days = Math.max(1, Math.round(((facts - AHEAD * pairs) * 0.6) / 2 / pairs))
  const lines = Math.max(1_000, facts - AHEAD * pairs - 2 * days * pairs)
  const place = `from ref.shelves cross join lateral (select substr(store_id, 2)::integer as s, substr(product_id, 2)::integer as p) as number`
  const key = (id: string) => `analytics.dimension_key(${id}, '2020-01-01')`
  return [
    `insert into ref.stores (store_id, name, region, time_zone, country, currency, recorded_at)
     select 's' || s, 'Store ' || s, 'Region ' || s % ${REGIONS}, 'America/New_York', 'US', 'USD', now() from generate_series(1, ${stores}) as s`,
    `insert into ref.products (product_id, name, category, department, recorded_at)
     select 'p' || p, 'Product ' || p, 'Category ' || p % ${CATEGORIES}, 'Grocery', now() from generate_series(1, ${products}) as p`,
    `insert into ref.suppliers (supplier_id, name, adapter, order_weekdays, cut_off, time_zone, lead_time_days, currency, recorded_at, updated_at)
     select 'supplier' || n, 'Supplier ' || n, 'file', '{1,2,3,4,5}', '12:00', 'America/New_York', 2, 'USD', now(), now() from generate_series(0, 19) as n`,
    `insert into ref.supply_terms (terms_id, product_id, supplier_id, unit_cost, pack_size, preference, recorded_at)
     select '*/' || product_id || '/supplier' || n % 20, product_id, 'supplier' || n % 20, 0.62, 12, 1, now()
     from ref.products cross join lateral (select substr(product_id, 2)::integer as n) as number`,
    `insert into ref.shelves (store_id, product_id, shelf_id, capacity, unit_weight, warehouse_id, recorded_at)
     select 's' || s, 'p' || p, 'A' || p, 24, 0.5, 'w' || s / ${STORES_OF_WAREHOUSE}, now()
     from generate_series(1, ${stores}) as s cross join generate_series(1, ${products}) as p`,
    `insert into state.shelf (store_id, product_id, refilled, picked, last_weight, last_weight_at, last_refill_at, last_pick_at, last_sale_at)
     select store_id, product_id, 1000, 976 + (7 * s + 11 * p) % 25, 6, now() - interval '2 minutes', now() - interval '5 hours', now() - interval '10 minutes', now() - interval '9 minutes' ${place}`,
    `insert into state.shelf_lot (store_id, product_id, batch_id, refilled, removed, expires_on, received_on, last_event_on)
     select store_id, product_id, 'B-' || lot, 1000, 0, current_date + lot * (1 + p % 30), current_date - 3, current_date - 1 ${place} cross join generate_series(1, 2) as lot`,
    `insert into state.stock select store_id, product_id, 30 ${place} where p % 4 = 0`,
    `insert into state.sales_rate (store_id, product_id, rate_date, units_per_day, unit_price)
     select store_id, product_id, current_date, 1 + p % 40, 0.99 + p % 9 ${place}`,
    `select state.sum_warehouse_rates(array(select distinct warehouse_id from ref.shelves))`,
    `insert into state.price (store_id, product_id, valid_from, event_id, price, reason)
     select store_id, product_id, now() - make_interval(days => age), 'price-' || age, 0.99 + p % 9, 'regular' ${place} cross join unnest(array[60, 20]) as age`,
    `insert into state.stock_out_risk (store_id, product_id, probability, hours_of_cover, expected_lost_units, money_at_risk, horizon_until, evaluated_at, shelf_updated_at)
     select store_id, product_id, risk, 20, risk * 10, round((risk ^ 4 * 40)::numeric, 2), now() + interval '18 hours', now(), now()
     from ref.shelves cross join lateral (select abs(hashtext(store_id || product_id)) % 1000 / 1001.0::float8 as risk) as chance`,
    `insert into state.availability (store_id, product_id, hour, p_available, recent_sales, recent_expected, silent_hours, silent_expected, evidence)
     select store_id, product_id, date_trunc('hour', now()) - interval '1 hour', 0.9, 4, 5, 1, 0.5, '{}' from ref.shelves`,
    `insert into state.demand_profile (store_id, product_id, profile_date, category, days, units_per_day, inverse_size, unit_price, sales_an_hour, depletion_factor, restock_factor)
     select store_id, product_id, current_date, '', 60, 6, 0.05, 1.99, array_fill(0.5::real, array[24]), 1, 1 from ref.shelves`,
    `insert into state.sales_day (store_id, product_id, sale_date, units, revenue, returned_units, returned_revenue, lines)
     select store_id, product_id, current_date - ago, 1 + (p + ago) % 40, 12.5, 0, 0, 5 ${place} cross join generate_series(0, 2) as ago`,
    `insert into state.warehouse (warehouse_id, product_id, received, shipped, last_received_at, last_shipped_at)
     select 'w' || w, product_id, 5000, 3000 + (w * 37) % 2000, now() - interval '2 days', now() - interval '3 hours'
     from generate_series(0, ${Math.floor(stores / STORES_OF_WAREHOUSE)}) as w cross join ref.products`,
    `insert into state.warehouse_lot (warehouse_id, product_id, batch_id, received, shipped, expires_on, received_on, last_event_on)
     select warehouse_id, product_id, 'W-' || lot, received / 2, shipped / 2, current_date + 4 * lot, current_date - 2, current_date
     from state.warehouse cross join generate_series(1, 2) as lot`,
    `insert into state.basket (visit_date, store_id, product_id, customer_id, picked, sold, last_pick_at, last_event_at)
     select current_date, store_id, product_id, 'c' || p % 40, 1, s % 2, now() - interval '20 minutes', now() - interval '20 minutes' ${place} where p <= 100`,
    // Half of the stores have sent a plan of their floor.
    `insert into ref.store_layout (store_id, shelf_id, x, y, width, depth, level, aisle, is_removed, is_synthetic, recorded_at)
     select store_id, shelf_id, (p % 25) * 1.3, (p / 25) * 1.6, 1.2, 0.7, 1, 'Aisle ' || p / 50, false, false, now() ${place} where s % 2 = 0`,
    `insert into ops.alert (dedup_key, alert_type, store_id, product_id, severity, impact, message, evidence, recommended_quantity, first_seen, last_seen)
     select 'a/' || store_id || '/' || product_id, (array['stock_out', 'low_shelf', 'near_expiry'])[1 + p % 3], store_id, product_id, (array['critical', 'warning', 'info'])[1 + p % 3],
       (s * p) % 400, 'Product ' || p || ' needs a look', '{"on_hand": 0, "units_per_day": 18.4}', 36, now() - make_interval(mins => p), now() ${place} where p <= 30`,
    `insert into ops.restock_plan (plan_id, store_id, product_id, warehouse_id, quantity, available, capacity, planned_at)
     select 'R-' || store_id || '-' || product_id, store_id, product_id, warehouse_id, 12, 12, 24, now() - make_interval(mins => p) ${place} where p <= 20`,
    `insert into ops.discount (store_id, product_id, batch_id, discount_date, expires_on, percent, on_hand, started_at)
     select store_id, product_id, 'B-1', current_date, current_date + 1, 30, 7, now() - interval '3 hours' ${place} where p <= 10`,
    `insert into ops.purchase_order (purchase_order_id, supplier_id, location_id, review_date, status, currency, total_value, expected_on, created_at, updated_at,
       revision, expires_at, risks, approval_role, approvals_needed, waits_since, sent_at)
     select 'PO-' || n % 20 || '-w' || w || '-' || n, 'supplier' || n % 20, 'w' || w, current_date - n / 20, status, 'USD', 100 + n, current_date + 2 - n / 40, now() - interval '5 hours',
       now() - interval '1 hour', 1, case status when 'awaiting_approval' then now() + interval '20 hours' end, '{}', case status when 'awaiting_approval' then 'buyer' end,
       case status when 'awaiting_approval' then 1 end, case status when 'awaiting_approval' then now() - interval '4 hours' end, case when status in ('sent', 'closed') then now() - interval '2 days' end
     from generate_series(0, ${Math.floor(stores / STORES_OF_WAREHOUSE)}) as w cross join generate_series(0, 199) as n
     cross join lateral (select case when n < 5 then 'awaiting_approval' when n < 40 then 'sent' else 'closed' end as status) as kind`,
    `insert into ops.purchase_order_line (purchase_order_id, line_no, product_id, proposed_quantity, quantity, unit_cost, explanation)
     select purchase_order_id, line, 'p' || 1 + line % ${products}, 48, 48, 0.62, jsonb_build_object('product_name', 'Product ' || line, 'steps', '[]'::jsonb, 'bindingConstraint', null, 'quantityWithout', null,
       'costOfOnePackMore', 3.1, 'costOfOnePackLess', 5.8, 'fallbacks', '[]'::jsonb, 'remarks', '[]'::jsonb, 'provenance', '{}'::jsonb, 'terms', jsonb_build_array(
         jsonb_build_object('name', 'on_hand', 'value', 132, 'unit', 'units'), jsonb_build_object('name', 'mean_demand', 'value', 410, 'unit', 'units'),
         jsonb_build_object('name', 'demand_standard_deviation', 'value', 64, 'unit', 'units')))
     from ops.purchase_order cross join generate_series(1, 25) as line`,
    `insert into ops.purchase_order_action (purchase_order_id, action, acted_by, acted_at, detail)
     select purchase_order_id, action, 'shelfline', created_at, '{}' from ops.purchase_order cross join unnest(array['draft', 'submit']) as action`,
    `insert into ops.supplier_plan (plan_id, warehouse_id, product_id, quantity, on_hand, reorder_point, order_up_to, received_before, planned_at, due_at)
     select 'S-' || warehouse_id || '-' || product_id, warehouse_id, product_id, 240, 0, 90, 240, 1000, now() - interval '3 days', now() + make_interval(hours => length(product_id) * 10 - 25)
     from state.warehouse where substr(product_id, 2)::integer <= 20`,
    `insert into ops.transfer_proposal (transfer_id, review_date, product_id, from_location_id, to_location_id, quantity, gain, currency, lead_time_days, explanation, created_at, expires_at, updated_at)
     select 'TR-' || store_id || '-' || n, current_date, 'p' || n, 'w0', store_id, 12, 48.5 + n, 'USD', 1, jsonb_build_object('product_name', 'Product ' || n, 'terms', '[]'::jsonb), now(), now() + interval '20 hours', now()
     from ref.stores cross join generate_series(1, 3) as n`,
    `insert into ops.dead_letters (origin, topic, partition, "offset", read_partition, read_offset, known_at, reason, error, payload, payload_bytes, relayed_attempts)
     select 'contract', 'foot_traffic', 0, n, 0, n, now(), 'schema_violation', '/entries: must be >= 0', convert_to('{}', 'UTF8'), 2, 1 from generate_series(1, 20000) as n`,
    `insert into ops.assets (asset, description, store, upstream, code_version, position)
     select 'asset_' || n, 'An asset', 'lake', '{}', 'c1', n from generate_series(1, 25) as n`,
    `insert into ops.partition_ledger (asset, date, status, run, workflow_id, run_id, reason, error, started_at, finished_at, lease_until, inputs, code_version, rows, bytes, duration_ms)
     select asset, day, case when run % 97 = 0 then 'failed' else 'succeeded' end, run, 'daily-etl-' || day::date, 'r', 'missing', case when run % 97 = 0 then 'a check failed' end, day + interval '32 hours',
       day + interval '32 hours 3 seconds', day + interval '33 hours', '{"raw/pos_transactions": 12}', 'c1', 4000, 120000, 2900
     from (select asset, day, row_number() over () as run from ops.assets cross join generate_series(current_date - 730, current_date - 1, interval '1 day') as day) as one`,
    `insert into ops.partition_runs select run, asset, date, status, workflow_id, run_id, reason, error, started_at, finished_at, inputs, output_version, code_version, rows, bytes, duration_ms from ops.partition_ledger`,
    `insert into ops.check_results (run, check_name, asset, date, severity, passed, finding, failing_rows, checked_at)
     select run, check_name, asset, date, 'block', run % 50 <> 0, '4,000 rows', 0, now() - run * interval '3 minutes' from ops.partition_ledger cross join unnest(array['unique', 'row_count']) as check_name`,
    `insert into ops.web_action (person, action, detail) select 'reader' || n % 100, 'POST /alerts/acknowledge', '{"why": "seen", "ended": "done"}' from generate_series(1, 100000) as n`,
    `insert into ops.model_version (model_name, version, trained_from, trained_through, artefact, code_version, seed, parameters, inputs, training_rows, duration_ms, workflow_id, decision)
     select 'demand', version, '2026-01-01', '2026-11-01', 'lake/models/demand/v' || version, 'c1', 7, '{"rounds": 200}', '{"features/demand": 12}', 120000, 42000, 'train-models', 'promoted' from generate_series(1, 50) as version`,
    `insert into ops.model_metric (model_name, version, candidate, segment, horizon, metric, value, rows)
     select 'demand', version, candidate, 'all', '1-7', 'wape', 0.4, 4000 from generate_series(1, 50) as version, unnest(array['chosen', 'seasonal_naive']) as candidate`,
    `insert into ops.model_alias_log (model_name, alias, version, changed_by, reason) values ('demand', 'champion', 50, 'shelfline', 'the first version')`,
    `select analytics.ensure_partitions(current_date - ${Math.max(days, 15) + 1}, current_date + ${AHEAD})`,
    `insert into analytics.dim_store (store_key, store_id, name, region, country, currency, time_zone, valid_from, valid_to, is_current)
     select ${key('store_id')}, store_id, name, region, country, currency, time_zone, '2020-01-01', '9999-12-31 00:00:00+00', true from ref.stores`,
    `insert into analytics.dim_product (product_key, product_id, name, category, department, valid_from, valid_to, is_current)
     select ${key('product_id')}, product_id, name, category, department, '2020-01-01', '9999-12-31 00:00:00+00', true from ref.products`,
    `create temp table pair as select store_key, product_key, s.n as s, p.n as p
     from (select store_key, row_number() over (order by store_key) as n from analytics.dim_store where not is_unknown) as s
     cross join (select product_key, row_number() over (order by product_key) as n from analytics.dim_product where not is_unknown) as p`,
    `insert into analytics.fact_forecast (forecast_date, target_date, store_key, product_key, model_name, model_version, mean_quantity, p10_quantity, p50_quantity, p90_quantity)
     select current_date - 1, current_date - 1 + ahead, store_key, product_key, 'demand', 50, 1 + p % 40, (1 + p % 40) * 0.7, 1 + p % 40, (1 + p % 40) * 1.4 from pair cross join generate_series(1, ${AHEAD}) as ahead`,
    `insert into analytics.fact_forecast (forecast_date, target_date, store_key, product_key, model_name, model_version, mean_quantity, p10_quantity, p50_quantity, p90_quantity)
     select current_date - 1 - ago, current_date - ago, store_key, product_key, 'demand', 50, 1 + p % 40, (1 + p % 40) * 0.7, 1 + p % 40, (1 + p % 40) * 1.4 from pair cross join generate_series(1, ${days}) as ago`,
    `insert into analytics.fact_inventory (inventory_date, store_key, product_key, opening_quantity, received_quantity, sold_quantity, closing_quantity)
     select current_date - ago, store_key, product_key, 24, 24, 24, 24 from pair cross join generate_series(1, ${days}) as ago`,
    `insert into analytics.fact_sales (sale_date, store_key, product_key, transaction_id, line_no, event_id, quantity, unit_price, discount_amount, gross_amount, net_amount, is_return, payment_method, source, sold_at, known_at)
     select current_date - 1 - n % 15, store_key, product_key, 't' || n / 10, n % 10, 'e' || n, 1, 2.5, 0, 2.5, 2.5, false, 'card', 'bench', now(), now()
     from generate_series(1, ${lines}) as n join pair on s = 1 + n % ${stores} and p = 1 + n / ${stores} % ${products}`,
    `insert into analytics.sales_by_store_day
     select day, store_key, 900, 2400, 700, 3000, 9000, 400, 8600, 900, 12, 12, 60 from analytics.dim_store cross join generate_series(current_date - 15, current_date - 1, interval '1 day') as day where not is_unknown`,
    `insert into analytics.forecast_accuracy (target_date, store_key, category, horizon_days, model_name, model_version, forecasts, actual_quantity, forecast_quantity, absolute_error, intervals, pinball_loss, covered_80, covered_90, squared_error, relative_error, sold_forecasts)
     select current_date - ago, store_key, 'Category ' || c, horizon, 'demand', 50, 25, 500, 480 + c, 90 + horizon, 25, 40, 20, 22, 400, 5, 24
     from analytics.dim_store cross join generate_series(1, ${ACCURACY_DAYS}) as ago cross join generate_series(0, ${CATEGORIES - 1}) as c cross join generate_series(1, ${AHEAD}) as horizon where not is_unknown`,
    `select analytics.sum_changed_days()`,
  ]
}

/** In a hundred people: most are in a store. */
const roles: readonly (readonly [PersonRole, number])[] = [
  ['store_manager', 60],
  ['regional_manager', 15],
  ['buyer', 10],
  ['planner', 6],
  ['executive', 5],
  ['data_engineer', 2],
  ['administrator', 2],
]

export async function seed(pool: Pool, scale: Scale): Promise<void> {
  const client = await pool.connect()
  try {
    for (const statement of statementsOf(scale)) await client.query(statement)
    await client.query('drop table pair')
    await client.query('vacuum analyze')
  } finally {
    client.release()
  }
}

/** @returns the people, who are added when they are missing, signed in */
export async function signIn(pool: Pool, scale: Pick<Scale, 'stores' | 'people'>): Promise<Reader[]> {
  const whole = roles.flatMap(([role, share]) => Array.from({ length: share }, () => role))
  const readers: Reader[] = []
  for (let n = 0; n < scale.people; n += 1) {
    const role = whole[Math.floor((n * whole.length) / scale.people)]!
    const person = `reader${n}`
    const store = 1 + ((n * 17) % scale.stores)
    await pool.query(
      `insert into ref.person (person, role, created_by) values ($1, $2, 'bench') on conflict do nothing`,
      [person, role],
    )
    await pool.query(
      `insert into ref.user_scope (user_name, scope, store_id, region) values ($1, $2, $3, $4) on conflict do nothing`,
      role === 'store_manager'
        ? [person, 'store', `s${store}`, null]
        : role === 'regional_manager'
          ? [person, 'region', null, `Region ${store % REGIONS}`]
          : [person, 'all', null, null],
    )
    readers.push({
      person,
      role,
      store: `s${store}`,
      cookie: `shelfline=${await startSession(pool, person, '127.0.0.1')}`,
    })
  }
  await pool.query(
    `insert into ref.approver (person, role, location_id, changed_by)
     select person, 'buyer', null, 'bench' from ref.person where role = 'buyer' on conflict do nothing`,
  )
  return readers
}
