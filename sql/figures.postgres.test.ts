import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { questionOf } from '../contracts/figures/figure.ts'
import { figureGroups, figures } from '../contracts/figures/index.ts'
import { measures } from '../contracts/power-bi/measures.ts'
import { pages } from '../contracts/power-bi/pages.ts'
import { rowsOf } from '../contracts/power-bi/tile-rows.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing.ts'
import { columnsOfViews } from '../scripts/dump-schema.ts'
import { query } from './testing.ts'

let database: TestDatabase
const run = (text: string) => query(database.url, text)

/** Monday to Sunday. */
const WEEK = ['2024-03-04', '2024-03-10'] as const

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  const version = "'1900-01-01+00', '9999-12-31+00', true"
  await run(`select analytics.ensure_partitions('2023-03-01', '2024-03-31')`)
  await run(
    `insert into analytics.dim_store select key, id, id, 'east', 'US', 'USD', 'UTC', ${version} from (values (1, 's'), (2, 't')) as known (key, id)`,
  )
  await run(
    `insert into analytics.dim_product select key, 'p' || key, 'P', 'Fruit', 'Food', null, null, ${version} from generate_series(10, 13) as key`,
  )
  await run(`insert into analytics.dim_supplier values (5, 'x', 'X')`)
  await run(
    `insert into analytics.sales_by_store_day (
       sale_date, store_key, transactions, lines, customers, quantity, gross_amount, discount_amount, net_amount, promoted_net_amount,
       return_lines, returned_quantity, returned_amount, cost_amount, margin_amount, costed_net_amount
     )
     values
       ('2024-03-04', 1, 10, 20, 5, 48, 110, 10, 100, 0, 1, 2, 4, 60, 30, 90),
       ('2024-03-05', 1, 10, 20, 5, 50, 100, 0, 100, 0, 0, 0, 0, 50, 50, 100),
       ('2024-03-05', 2, 5, 9, 5, 20, 50, 0, 50, 0, 0, 0, 0, null, null, null),
       ('2023-03-06', 1, 20, 40, 5, 70, 160, 0, 160, 0, 0, 0, 0, null, null, null),
       ('2024-02-27', 1, 1, 1, 1, 1, 1, 0, 1, 0, 0, 0, 0, null, null, null),
       ('2024-02-28', 1, 1, 1, 1, 1, 1, 0, 1, 0, 0, 0, 0, null, null, null)`,
  )
  await run(
    `insert into ref.sales_target (store_id, target_date, net_amount, is_removed, is_synthetic, recorded_at)
     values ('s', '2024-03-04', 80, false, false, now()), ('s', '2024-03-05', 120, false, false, now()),
       ('t', '2024-03-05', 99, true, false, now()), ('s', '2024-03-06', 70, false, false, now())`,
  )
  await run(
    `insert into analytics.sales_by_store_hour (sale_date, store_key, hour_of_day, transactions, lines, quantity, net_amount)
     values ('2024-03-04', 1, 10, 4, 8, 20, 40), ('2024-03-04', 1, 11, 6, 12, 28, 60)`,
  )
  await run(`insert into analytics.fact_foot_traffic values ('2024-03-04', 1, 10, 20, 20)`)
  await run(
    `insert into analytics.customer_day (sale_date, store_key, customer, transactions, lines, quantity, net_amount)
     values ('2024-03-04', 1, 'a', 2, 2, 2, 2), ('2024-03-04', 1, 'b', 1, 1, 1, 1)`,
  )
  await run('select analytics.sum_segments()')
  await run(
    `insert into analytics.sales_by_product_month (
       month_start, store_key, product_key, lines, quantity, gross_amount, discount_amount, net_amount, returned_quantity, abc_class
     )
     select '2024-03-01', 1, key, 1, 1, net, 0, net, 0, class from (values (10, 80, 'A'), (11, 15, 'B'), (12, 5, 'C')) as sold (key, net, class)`,
  )
  await run(
    `insert into analytics.assortment_by_class (month_start, store_key, category, abc_class, products, quantity, net_amount)
     select month_start, store_key, 'Fruit', abc_class, 1, quantity, net_amount from analytics.sales_by_product_month`,
  )
  await run(
    `update analytics.assortment_by_class
     set x_products = (abc_class = 'A')::integer, y_products = (abc_class = 'B')::integer, z_products = 0`,
  )
  await run(
    `insert into analytics.stock_cover (
       store_key, product_key, on_hand_quantity, sold_quantity, daily_quantity, days_of_cover, measured_on, unit_cost, safety_stock, reorder_point,
       stock_status, overstock_value
     )
     values
       (1, 10, 20, 56, 2, 10, '2024-03-05', 3, 5, 11, 'enough', 0), (1, 11, 300, 28, 1, 300, '2024-03-05', 2, 0, 3, 'overstock', 480),
       (1, 12, 0, 28, 1, 0, '2024-03-05', 5, 2, 5, 'out of stock', 0), (1, 13, 4, 0, 0, null, '2024-03-05', 10, 0, 0, 'not selling', 40)`,
  )
  await run('select analytics.sum_stock()')
  await run(
    `insert into analytics.fact_slow_mover
     select day::date, 1, 13, 0.9, 28, 100, aging, 4, 10, 'cost', tied, 1
     from (values ('2024-03-09', 'over 90', 40), ('2024-03-09', '31-60', 7), ('2024-03-02', 'over 90', 99)) as slow (day, aging, tied)`,
  )
  await run(
    `insert into analytics.fact_stockout (stockout_date, store_key, product_key, out_of_stock_minutes, is_observed, lost_amount)
     values ('2024-03-04', 1, 12, 720, false, 15), ('2024-03-05', 1, 12, 1440, false, 30), ('2024-02-27', 1, 10, 60, false, 10),
       ('2024-02-27', 1, 11, 60, false, 10), ('2024-02-27', 1, 12, 60, false, 10), ('2024-02-28', 1, 10, 60, false, 10)`,
  )
  await run(
    `insert into analytics.fact_stock_movement (
       movement_date, store_key, product_key, reason, movements, quantity, unit_cost, list_price, is_synthetic, first_moved_at, last_moved_at
     )
     values ('2024-03-05', 1, 10, 'waste', 1, -2, 3, 5, false, now(), now()), ('2024-03-05', 1, 10, 'delivery', 1, 9, 3, 5, false, now(), now())`,
  )
  await run(
    `insert into analytics.fact_inventory (
       inventory_date, store_key, product_key, opening_quantity, sold_quantity, closing_quantity, daily_quantity, unit_cost
     )
     select day::date, 1, product, closing + sold, sold, closing, daily, cost
     from (values ('2024-03-04', 10, 10, 20, 2, 3), ('2024-03-04', 11, 4, 300, 1, 2), ('2024-02-27', 11, 1, 400, 1, 2),
       ('2024-02-28', 11, 10, 390, 1, 2)) as stock (day, product, sold, closing, daily, cost)`,
  )
  await run(
    `insert into analytics.fact_purchase_order (
       order_date, purchase_order_id, line_no, supplier_key, store_key, product_key, status, ordered_quantity, received_quantity,
       cancelled_quantity, unit_cost, expected_date, received_at, sent_at
     )
     values
       ('2024-03-01', 'o', 1, 5, 1, 10, 'closed', 10, 10, 0, 2, '2024-03-05', '2024-03-05 09:00+00', '2024-03-01 10:00+00'),
       ('2024-03-01', 'o', 2, 5, 1, 11, 'closed', 10, 10, 0, 2, '2024-03-05', '2024-03-06 09:00+00', '2024-03-01 10:00+00'),
       ('2024-03-01', 'o', 3, 5, 1, 12, 'closed', 10, 6, 0, 2, '2024-03-05', '2024-03-05 09:00+00', '2024-03-01 10:00+00'),
       ('2024-03-01', 'o', 4, 5, 1, 13, 'closed', 10, 0, 10, 2, '2024-03-05', null, '2024-03-01 10:00+00'),
       ('2024-03-06', 'q', 1, 5, 1, 10, 'sent', 5, 0, 0, 4, '2024-03-20', null, '2024-03-06 10:00+00'),
       ('2024-02-01', 'd', 1, 5, 1, 10, 'draft', 5, 0, 0, 4, '2024-03-05', null, null)`,
  )
  await run(`insert into analytics.order_edit values ('2024-03-04', 'e', 1, 5, 1, 10, 'ann', 'event', 10, 14, 2, 3, 0, 12, 15)`)
  await run(
    `insert into analytics.forecast_accuracy (
       target_date, store_key, category, horizon_days, model_name, model_version, forecasts, actual_quantity, forecast_quantity,
       absolute_error, intervals, pinball_loss, covered_80, covered_90, squared_error, relative_error, sold_forecasts
     )
     select day::date, 1, 'Fruit', horizon, 'm', 1, 5, sold, forecast, error, 5, 0, covered, 5, squared, relative, selling
     from (values ('2024-03-04', 1, 10, 12, 4, 4, 6, 0.45, 3), ('2024-03-05', 2, 10, 7, 3, 5, 99, 9, 2), ('2024-03-05', 1, 10, 10, 0, 2, 8, 0.05, 2))
       as made (day, horizon, sold, forecast, error, covered, squared, relative, selling)`,
  )
  // The day was forecast two days ahead too.
  await run(
    `insert into analytics.fact_forecast (
       forecast_date, target_date, store_key, product_key, model_name, model_version, mean_quantity, p10_quantity, p90_quantity
     )
     select date '2024-03-04' - ahead, '2024-03-04', 1, product, 'm', 1, mean * ahead, mean * ahead / 2.0, mean * ahead * 2
     from (values (10, 12), (11, 5), (12, 3)) as made (product, mean) cross join generate_series(1, 2) as ahead`,
  )
  await seedReport()
  await run('select analytics.sum_changed_days()')
})

/** What only the measures of the report read. */
async function seedReport(): Promise<void> {
  await run(`select state.ensure_days(array['sales_hour'], array['2024-03-11', '2024-03-12']::date[])`)
  await run(
    `insert into state.sales_hour (
       store_id, product_id, window_start, local_start, units, revenue, returned_units, returned_revenue, lines, transactions, entries, exits
     )
     select 's', '', (hour || '+00')::timestamptz, hour::timestamp, 1, revenue, 0, 0, 1, 1, 0, 0
     from (values ('2024-03-11 10:00', 99), ('2024-03-12 10:00', 30), ('2024-03-12 11:00', 20)) as sold (hour, revenue)`,
  )
  await run(
    `insert into ops.alert (dedup_key, alert_type, store_id, severity, message, evidence, first_seen, last_seen, status, resolved_at)
     select severity || status, 'stock_out', 's', severity, 'm', '{}', now(), now(), status, case status when 'resolved' then now() end
     from (values ('critical', 'open'), ('warning', 'acknowledged'), ('critical', 'resolved')) as raised (severity, status)`,
  )
  await run(
    `insert into ops.anomaly (
       sale_date, event_key, store_id, product_id, sold_at, transaction_id, line_no, quantity, unit_price, amount, score, reason, reasons, model_version
     )
     values ('2024-03-05', gen_random_uuid(), 's', 'p10', now(), 't', 1, 1, 1, 1, 0.9, 'quantity', '[]', 1)`,
  )
  await run(
    `insert into analytics.reorder_prediction (
       order_date, purchase_order_id, line_no, supplier_key, store_key, product_key, status, proposed_quantity, ordered_quantity, unit_cost,
       stock_out_probability
     )
     values ('2024-03-04', 'o', 1, 5, 1, 10, 'sent', 5, 5, 1, 0.2), ('2024-03-04', 'o', 2, 5, 1, 11, 'sent', 7, 7, 1, 0.1),
       ('2024-02-04', 'n', 1, 5, 1, 11, 'sent', 7, 7, 1, 0.9)`,
  )
  await run(
    `insert into analytics.supplier_performance (supplier_key, store_key, lines, settled_lines, deliveries, fill)
     values (5, 1, 9, 9, 9, 0.9), (5, 2, 9, 9, 9, 0.7)`,
  )
  await run(
    `insert into analytics.product_month_total (
       month_start, product_key, stores, lines, quantity, gross_amount, discount_amount, net_amount, returned_quantity
     )
     select month_start, product_key, 1, lines, quantity, gross_amount, discount_amount, net_amount, 0 from analytics.sales_by_product_month`,
  )
  await run(
    `insert into analytics.sales_by_category_day (
       sale_date, store_key, department, category, transactions, lines, quantity, gross_amount, discount_amount, net_amount, promoted_net_amount
     )
     values ('2024-03-05', 1, 'Food', 'Fruit', 1, 1, 1, 70, 0, 70, 0)`,
  )
  await run(
    `insert into analytics.sales_by_category_total (
       sale_date, department, category, stores, transactions, lines, quantity, gross_amount, discount_amount, net_amount, promoted_net_amount
     )
     values ('2024-03-05', 'Food', 'Fruit', 1, 1, 1, 1, 70, 0, 70, 0)`,
  )
  await run(
    `insert into ops.model_version (
       model_name, version, trained_from, trained_through, artefact, code_version, seed, parameters, inputs, training_rows, duration_ms, workflow_id, decision
     )
     values ('m', 1, '2023-01-01', '2024-01-01', 'lake/models/m/v1', 'c', 1, '{}', '{}', 1, 1, 'w', 'promoted')`,
  )
  await run(
    `insert into ops.model_drift (
       drift_date, model_name, kind, subject, store_id, model_version, value, threshold, size_trained, size_now, is_drifted, message
     )
     values ('2024-03-05', 'm', 'feature', 'price', '*', 1, 0.3, 0.25, 1, 1, true, 'm'), ('2024-03-05', 'm', 'error', 'forecast', '*', 1, 0.1, 0.2, 1, 1, false, 'm')`,
  )
  await run(
    `insert into ops.check_results (run, check_name, asset, date, severity, passed, finding, failing_rows)
     values (1, 'unique', 'fact_sales', '2024-03-05', 'block', true, 'f', 0), (1, 'rows', 'fact_sales', '2024-03-05', 'warn', false, 'f', 2)`,
  )
  await run(
    `insert into ops.partition_ledger (
       asset, date, status, run, workflow_id, run_id, reason, started_at, lease_until, succeeded_run, succeeded_at
     )
     select 'fact_sales', day, 'succeeded', 1, 'w', 'r', 'scheduled', now(), now(), 1, now() from unnest(array['2024-03-04', '2024-03-05']::date[]) as day`,
  )
}
afterAll(async () => {
  await database?.drop()
})

interface Expected {
  value: number
  low?: number
  high?: number
  period?: readonly [string, string]
}

/** Calculated by hand from the rows above. */
const expected: Record<string, number | Expected> = {
  revenue: 250,
  units: 118,
  transactions: 25,
  average_basket: 10,
  cost_of_sales: 110,
  margin: 80,
  margin_rate: 80 / 190,
  cost_coverage: 190 / 250,
  discount_rate: 10 / 260,
  return_rate: 2 / 120,
  // Six transactions were in an hour without a counter.
  conversion: 4 / 20,
  revenue_year_before: 160,
  // The other store did not sell the year before.
  like_for_like: 200 / 160 - 1,
  // One target was taken back.
  target: 270,
  // The third day was not built.
  attainment: 200 / 200,
  repeat_rate: 1 / 2,
  products_in_class_a: 1 / 3,
  // The third product sold in no whole week.
  products_in_class_x: 1 / 2,
  stock_value: 60 + 600 + 0 + 40,
  stock_cover: 320 / 4,
  turnover: (110 * 365) / 7 / 700,
  gmroi: (80 * 365) / 7 / 700,
  sell_through: 118 / (118 + 324),
  overstock_value: (300 - 60) * 2 + 40,
  carrying_cost: (7 * 700 * 0.2) / 365,
  stock_over_90_days: 40,
  stock_out_rate: 1 / 3,
  below_safety_stock: 1,
  stock_outs: 2,
  availability: 1 - 2160 / (3 * 7 * 1440),
  lost_sales: 45,
  waste_cost: 6,
  waste_rate: 2 / 120,
  on_time: 1 / 3,
  in_full: 2 / 3,
  ordered_value: 20,
  value_added_by_edits: (5 - 1) * 2,
  wape: 7 / 30,
  bias: -1 / 30,
  // The forecast of Tuesday that was made on Monday is not that of the week.
  weekly_accuracy: 1 - 1 / 20,
  // A day ahead: of three and two products that sold, of five and five.
  mape: 0.5 / 5,
  rmse: Math.sqrt((6 + 8) / 10),
  interval_coverage: 11 / 15,
  // 3 and 1 before; 1, 1 and 0 since.
  stock_outs_prevented: around((2 - 2 / 3) * 3, 3 * Math.sqrt(2 / 2 + 1 / 3 / 3)),
  // 30 and 10 before; 15, 30 and 0 since.
  lost_sales_prevented: around((20 - 15) * 3, 3 * Math.sqrt(200 / 2 + 225 / 3)),
  // 680 and 660 before; 480, 0 and 0 since.
  overstock_reduced: around((670 - 160) * 3, 3 * Math.sqrt(200 / 2 + 76_800 / 3)),
  // Held 800 and 780 before; 660 since, and 6 of waste.
  money_saved: { value: (20 + (790 * 0.2) / 365 - (15 + 6 / 3 + (660 * 0.2) / 365 / 3)) * 3 },
}

function around(value: number, error: number): Expected {
  return { value, low: value - 1.96 * error, high: value + 1.96 * error }
}

describe('every figure', () => {
  test('has a value that was calculated by hand, and a name and a title of its own', () => {
    expect(Object.keys(expected)).toEqual(figures.map(({ name }) => name))
    expect(new Set(figures.map(({ title }) => title)).size).toBe(figures.length)
    expect(figureGroups.every((group) => group.figures.length > 0)).toBe(true)
  })

  test.each(figures.map((figure) => [figure.name, figure] as const))('%s', async (name, figure) => {
    const wanted = expected[name]!
    const { value, low, high, period = WEEK } = typeof wanted === 'number' ? { value: wanted } : wanted
    const rows = await query(database.url, questionOf(figure), [...period])
    expect(rows).toHaveLength(1)
    expect(Number(rows[0]!.value)).toBeCloseTo(value, 4)
    if (low !== undefined) expect(Number(rows[0]!.low)).toBeCloseTo(low, 3)
    if (high !== undefined) expect(Number(rows[0]!.high)).toBeCloseTo(high, 3)
  })

  test('has no value rather than a wrong one where there is nothing', async () => {
    for (const name of ['average_basket', 'margin_rate', 'like_for_like', 'turnover', 'on_time', 'wape', 'weekly_accuracy']) {
      const figure = figures.find((each) => each.name === name)!
      const rows = await query(database.url, questionOf(figure), ['2019-01-01', '2019-01-07'])
      expect(rows, name).toMatchObject([{ value: null }])
    }
  })
})

const MARCH = ['2024-03-01', '2024-03-31'] as const

/** Of the report alone, calculated by hand too; what takes other days has them. */
const expectedOfReport: Record<string, { value: number | string; period?: readonly [string, string] }> = {
  'Sales today': { value: 50 },
  // A Tuesday: 150 and 1 in the four before.
  'Usual sales of the day': { value: 151 / 4 },
  'Units on hand': { value: 324 },
  'Products out of stock': { value: 1 },
  'Stores with overstock': { value: 1 },
  'Open alerts': { value: 2 },
  'Critical alerts': { value: 1 },
  'Unusual sales': { value: 1 },
  'Tied-up value': { value: 47 },
  'Outstanding value': { value: 40 },
  'Proposed units': { value: 12 },
  'Highest stock-out risk': { value: 0.2 },
  'Supplier fill': { value: 0.8 },
  'Product revenue': { value: 100, period: MARCH },
  'Category revenue': { value: 70 },
  'Revenue, change over the week before': { value: 250 / 2 - 1 },
  'Forecast units': { value: 20 },
  'Forecast, low': { value: 10 },
  'Forecast, high': { value: 40 },
  // By the errors of forecasts a day ahead of the day that was forecast.
  'Units sold of forecast days': { value: 10 },
  Drift: { value: 0.3 },
  'Drift threshold': { value: 0.25 },
  'Safety stock, what if': { value: 7 },
  'Reorder point, what if': { value: 19 },
  'Margin, what if': { value: 80 },
  'Data up to': { value: '2024-03-05' },
  'Failed checks': { value: 1 },
}

describe('every measure of the report', () => {
  const ofFigures = new Set(figures.map(({ title }) => title))
  const asking = measures.filter(({ title, sql }) => sql !== null && !ofFigures.has(title))

  test('has a value that was calculated by hand', () => {
    expect(asking.map(({ title }) => title)).toEqual(Object.keys(expectedOfReport))
  })

  test.each(asking.map(({ title, sql }) => [title, sql!]))('%s', async (title, sql) => {
    const { value, period = WEEK } = expectedOfReport[title]!
    const [row] = await query(database.url, questionOf({ sql }), [...period])
    if (typeof value === 'string') expect(row).toEqual({ value })
    else expect(Number(row!.value)).toBeCloseTo(value, 4)
  })
})

test('every row of the page of tiles can be asked', async () => {
  const asked = new Map(pages.flatMap(rowsOf).map(({ key, sql }) => [key, sql]))
  for (const [key, sql] of asked) {
    if (sql !== null) await expect(query(database.url, sql, [...WEEK]), key).resolves.toBeDefined()
  }
})

test('DAX names only columns of the views and figures that there are', async () => {
  const columns = new Set((await columnsOfViews(database.url)).map(({ view, column }) => `${view}[${column}]`))
  const titles = new Set(figures.map(({ title }) => title))
  for (const { name, dax } of figures) {
    const named = [...dax.matchAll(/\b([a-z_]+\[[a-z_0-9]+\])/g)].map(([, column]) => column!)
    expect(named.filter((column) => !columns.has(column)), name).toEqual([])
    const measures = [...dax.matchAll(/(?<![a-z_])\[([^\]@]+)\]/g)].map(([, title]) => title!)
    expect(measures.filter((title) => !titles.has(title)), name).toEqual([])
  }
})
