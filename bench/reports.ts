/**
 * The queries of the five dashboards over generated facts, as a store manager, a regional manager and an executive: first alone, then by
 * 100 readers at once; then every row of `docs/power-bi-tiles.md`, whose times `--record` keeps for that page. Needs a running instance.
 * `node bench/reports.ts [--lines 10000000] [--readers 100] [--seconds 20] [--record]`
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { pages } from '../contracts/power-bi/pages.ts'
import { rowsOf } from '../contracts/power-bi/tile-rows.ts'
import { type QueryTimes, queryTimesFile } from '../contracts/power-bi/tiles-page.ts'
import { createLogger } from '../platform/log.ts'
import { createPool, type Pool } from '../platform/postgres/postgres.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { createReaderDatabase, loginOf } from '../sql/testing.ts'
import { machine, seconds } from './measure.ts'

const { values: flags } = parseArgs({
  options: {
    lines: { type: 'string', default: '10000000' },
    readers: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '20' },
    record: { type: 'boolean', default: false },
  },
})
const [lines, readers, loadSeconds] = [flags.lines, flags.readers, flags.seconds].map(Number) as [
  number,
  number,
  number,
]

const STORES = 100
const REGIONS = 10
const DAYS = 90
const PRODUCTS = 5_000
const LAST_DAY = '2024-03-30'
const REPEATS = 3
const ALONE_P95_MS = 500
const TOGETHER_P95_MS = 2_000

const lastDays = (days: number, column: string) =>
  `${column} > date '${LAST_DAY}' - ${days} and ${column} <= date '${LAST_DAY}'`

/** By dashboard: what its tiles ask. */
const queries: Readonly<Record<string, string>> = {
  'executive: revenue against last week': `select
      sum(net_amount) filter (where ${lastDays(7, 'sale_date')}) as now,
      sum(net_amount) filter (where sale_date <= date '${LAST_DAY}' - 7) as before
    from bi.sales_by_store_day where ${lastDays(14, 'sale_date')}`,
  'executive: stock value': 'select sum(stock_value) from bi.stock_by_category',
  'executive: stock-outs of today': `select count(*) from bi.fact_stockout where stockout_date = date '${LAST_DAY}'`,
  'executive: revenue by region': `select region, sum(net_amount) from bi.sales_by_store_day join bi.dim_store using (store_key)
    where ${lastDays(30, 'sale_date')} group by region`,
  'executive: sales trend of 90 days': `select sale_date, net_amount from bi.sales_by_day where ${lastDays(90, 'sale_date')} order by 1`,
  'executive: ten best products': `select product_name, sum(net_amount) as revenue from bi.products_by_month
    where month_start = date_trunc('month', date '${LAST_DAY}') group by product_name order by revenue desc limit 10`,
  'executive: stores by week': `select store_id, week_start, sum(net_amount) from bi.sales_by_store_day
    join bi.dim_store using (store_key) join bi.dim_date on calendar_date = sale_date
    where ${lastDays(56, 'sale_date')} group by store_id, week_start`,
  'store: stock by category':
    'select category, sum(on_hand_quantity), sum(stock_value) from bi.stock_by_category group by category',
  'store: low stock': `select store_name, product_name, on_hand_quantity, reorder_point from bi.inventory_by_store
    where stock_status in ('out of stock', 'below safety stock') order by short_quantity desc nulls last limit 50`,
  'store: sales of the last day': `select store_name, net_amount, transactions, margin_amount from bi.daily_sales_summary where sale_date = date '${LAST_DAY}'`,
  'store: forecast of seven days': `select target_date, sum(mean_quantity), sum(p10_quantity), sum(p90_quantity) from bi.forecast_by_category
    where forecast_date = date '${LAST_DAY}' group by target_date order by 1`,
  'store: recommended orders': `select product_name, proposed_quantity, ordered_amount, stock_out_probability from bi.reorder_predictions
    where order_date = date '${LAST_DAY}' order by stock_out_probability desc limit 50`,
  'analyst: ageing': `select aging, sum(tied_up_amount) from bi.fact_slow_mover where measured_on = date '${LAST_DAY}' group by aging`,
  'analyst: overstock': `select store_name, product_name, days_of_cover, overstock_value from bi.inventory_by_store
    where stock_status = 'overstock' order by overstock_value desc nulls last limit 50`,
  'analyst: suppliers':
    'select supplier_key, sum(on_time * deliveries) / sum(deliveries) from bi.supplier_performance group by supplier_key',
  'analyst: ABC': `select abc_class, sum(products), sum(net_amount) from bi.assortment_by_class
    where month_start = date_trunc('month', date '${LAST_DAY}') group by abc_class`,
  'analyst: seasons by category': `select category, extract(isodow from sale_date), sum(quantity) from bi.sales_by_category
    where ${lastDays(90, 'sale_date')} group by 1, 2`,
  'models: accuracy by day': `select target_date, sum(absolute_error) / nullif(sum(actual_quantity), 0) from bi.forecast_accuracy_by_category
    where ${lastDays(28, 'target_date')} group by target_date order by 1`,
  'models: forecast against sales': `select product_name, forecast_quantity, actual_quantity from bi.ml_forecast_results
    where target_date = date '${LAST_DAY}' and horizon_days = 1 limit 1000`,
  'alerts: open alerts':
    'select severity, alert_type, message, impact from bi.live_alerts order by impact desc nulls last limit 100',
}

const percentile95 = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(0.95 * values.length) - 1]!

const settings = loadSettings()
const database = await createReaderDatabase(settings)
try {
  console.log(machine())
  const owner = createPool(database.settings, createLogger({ logLevel: 'error' }, 'bench'))
  const filled = await seconds(() => fill(owner))
  const [{ count } = { count: 0 }] = (await owner.query('select count(*) as count from analytics.fact_sales')).rows
  console.log(
    `${Number(count).toLocaleString('en-GB')} facts of ${STORES} stores and ${DAYS} days, made and summed in ${filled.toFixed(0)} s`,
  )
  await owner.end()
  process.exitCode = (await measure()) ? 0 : 1
} finally {
  await database.drop()
}

async function fill(pool: Pool): Promise<void> {
  const from = `date '${LAST_DAY}' - ${DAYS - 1}`
  const version = "'1900-01-01+00', '9999-12-31+00', true"
  await pool.query(
    `insert into ref.stores select 's' || i, 'Store ' || i, 'r' || i % ${REGIONS}, 'UTC', 'US', 'USD', now() from generate_series(1, ${STORES}) as i`,
  )
  await pool.query(`insert into analytics.dim_store
    select i, 's' || i, 'Store ' || i, 'r' || i % ${REGIONS}, 'US', 'USD', 'UTC', ${version} from generate_series(1, ${STORES}) as i`)
  await pool.query(`insert into analytics.dim_product
    select i, 'p' || i, 'Product ' || i, 'Category ' || i % 30, 'Department ' || i % 5, null, null, ${version} from generate_series(1, ${PRODUCTS}) as i`)
  await pool.query(
    `insert into analytics.dim_supplier select i, 'x' || i, 'Supplier ' || i from generate_series(1, 20) as i`,
  )
  await pool.query(`select analytics.ensure_partitions(${from}, ${from} + ${DAYS + 7})`)
  const perDay = Math.round(lines / DAYS)
  for (let day = 0; day < DAYS; day += 1) {
    await pool.query(`insert into analytics.fact_sales (
        sale_date, store_key, product_key, transaction_id, line_no, event_id, quantity, unit_price, discount_amount, gross_amount, net_amount,
        is_return, customer_id, payment_method, source, sold_at, known_at, unit_cost, cost_amount, margin_amount, cost_status
      )
      select ${from} + ${day}, 1 + i % ${STORES}, 1 + (i * 7919 % ${PRODUCTS} * (i % 13 + 1) / 13), 't' || i / 500 || '/' || i % ${STORES}, i % 5, i, 1 + i % 3, 2, 0,
        2 * (1 + i % 3), 2 * (1 + i % 3), false, case when i % 3 = 0 then 'c' || i % 20000 end, 'card', 'till',
        (${from} + ${day})::timestamp + make_interval(hours => 8 + i % 12), now(), 1.2, 1.2 * (1 + i % 3), 0.8 * (1 + i % 3), 'known'
      from generate_series(1, ${perDay}) as i order by 2`)
  }
  await pool.query(`insert into ops.partition_ledger (
      asset, date, status, run, workflow_id, run_id, reason, started_at, lease_until, succeeded_run, succeeded_at
    )
    select 'fact_sales', ${from} + i, 'succeeded', 1, 'w', 'r', 'scheduled', now(), now(), 1, now() from generate_series(0, ${DAYS - 1}) as i`)
  const products = `generate_series(1, ${STORES}) as store cross join generate_series(1, ${PRODUCTS}) as product`
  await pool.query(
    `insert into state.stock select 's' || store, 'p' || product, (store * product) % 97 from ${products}`,
  )
  await pool.query(
    `insert into state.sales_day select 's' || store, 'p' || product, date '${LAST_DAY}', product % 20, product % 20, 0, 0, 1 from ${products}`,
  )
  await pool.query(`insert into analytics.fact_inventory (inventory_date, store_key, product_key, opening_quantity, closing_quantity, daily_quantity, unit_cost)
    select date '${LAST_DAY}' - day, store, product, 9, 9, 1, 1.2 from ${products} cross join generate_series(0, 1) as day`)
  await pool.query(`insert into analytics.fact_stockout (stockout_date, store_key, product_key, out_of_stock_minutes, is_observed)
    select date '${LAST_DAY}' - day, store, product, 60, false from ${products} cross join generate_series(0, 27) as day where product % 50 = day`)
  await pool.query(`insert into analytics.fact_forecast (forecast_date, target_date, store_key, product_key, model_name, model_version, mean_quantity, p10_quantity, p90_quantity)
    select date '${LAST_DAY}' - made, date '${LAST_DAY}' - made + ahead, store, product, 'demand', 1, 5, 2, 9
    from ${products} cross join generate_series(0, 1) as made cross join generate_series(1, 7) as ahead where product <= 1000`)
  await pool.query(`insert into analytics.forecast_accuracy (
      target_date, store_key, category, horizon_days, model_name, model_version, forecasts, actual_quantity, forecast_quantity,
      absolute_error, intervals, pinball_loss, covered_80, covered_90, squared_error, relative_error, sold_forecasts
    )
    select date '${LAST_DAY}' - day, store, 'Category ' || category, ahead, 'demand', 1, 30, 100, 105, 20, 30, 1, 24, 27, 40, 9, 28
    from generate_series(1, ${STORES}) as store cross join generate_series(0, 29) as category cross join generate_series(0, 27) as day cross join generate_series(1, 7) as ahead`)
  await pool.query(`insert into analytics.fact_slow_mover
    select date '${LAST_DAY}', store, product, 0.9, 28, 40, '31-60', 5, 2, 'cost', 10, 1 from ${products} where product % 10 = 0`)
  await pool.query(`insert into analytics.reorder_prediction (
      order_date, purchase_order_id, line_no, supplier_key, store_key, product_key, status, proposed_quantity, ordered_quantity, unit_cost, stock_out_probability
    )
    select date '${LAST_DAY}', 'o' || store, product, 1 + product % 20, store, product, 'sent', 5, 5, 1, 0.05 from ${products} where product % 10 = 1`)
  await pool.query(`insert into analytics.supplier_performance (supplier_key, store_key, lines, settled_lines, deliveries, on_time)
    select supplier, store, 9, 9, 9, 0.9 from generate_series(1, 20) as supplier cross join generate_series(1, ${STORES}) as store`)
  await pool.query(`insert into ops.alert (dedup_key, alert_type, store_id, severity, message, evidence, first_seen, last_seen)
    select i, 'stock_out', 's' || 1 + i % ${STORES}, 'warning', 'm', '{}', now(), now() from generate_series(1, 2000) as i`)
  await pool.query('select analytics.refresh_bi()')
  await pool.query('analyze')
}

/** @returns whether every bound is kept */
async function measure(): Promise<boolean> {
  const urls: Record<string, string> = {}
  for (const [role, scope, value] of [
    ['store manager', 'store', 's7'],
    ['regional manager', 'region', 'r3'],
    ['executive', 'all', null],
  ] as const) {
    urls[role] = await database.createReader(role.replace(' ', '_'))
    const client = await connect(database.url)
    await client.query('insert into ref.user_scope (user_name, scope, store_id, region) values ($1, $2, $3, $4)', [
      loginOf(urls[role]!),
      scope,
      scope === 'store' ? value : null,
      scope === 'region' ? value : null,
    ])
    await client.end()
  }
  const alone = new Map<string, number[]>()
  for (const [role, url] of Object.entries(urls)) {
    const client = await connect(url)
    for (const [name, text] of Object.entries(queries)) {
      await client.query(text)
      const times: number[] = []
      for (let repeat = 0; repeat < REPEATS; repeat += 1) times.push(1_000 * (await seconds(() => client.query(text))))
      alone.set(`${role}: ${name}`, times)
    }
    await client.end()
  }
  console.log(
    `\n${'ms, alone, the slowest of the repeats'.padEnd(44)}${Object.keys(urls)
      .map((role) => role.padStart(18))
      .join('')}`,
  )
  for (const name of Object.keys(queries)) {
    const cells = Object.keys(urls).map((role) =>
      Math.max(...alone.get(`${role}: ${name}`)!)
        .toFixed(0)
        .padStart(18),
    )
    console.log(`${name.padEnd(44)}${cells.join('')}`)
  }
  const aloneP95 = percentile95([...alone.values()].flat())
  await measureTiles(urls.executive!)
  const together = await load(Object.values(urls))
  const togetherP95 = percentile95(together)
  console.log(`\nalone: p95 ${aloneP95.toFixed(0)} ms (bound ${ALONE_P95_MS})`)
  console.log(
    `${readers} readers at once: ${together.length} queries, p95 ${togetherP95.toFixed(0)} ms (bound ${TOGETHER_P95_MS})`,
  )
  return aloneP95 < ALONE_P95_MS && togetherP95 < TOGETHER_P95_MS
}

/** Every row of the page of tiles, as an executive. */
async function measureTiles(url: string): Promise<void> {
  const asked = new Map(pages.flatMap(rowsOf).flatMap(({ key, sql }) => (sql === null ? [] : [[key, sql] as const])))
  const first = new Date(Date.parse(LAST_DAY) - 27 * 86_400_000).toISOString().slice(0, 10)
  const milliseconds: Record<string, number> = {}
  const client = await connect(url)
  for (const [key, sql] of asked) {
    const ask = () => client.query(sql, [first, LAST_DAY])
    await ask()
    const times: number[] = []
    for (let repeat = 0; repeat < REPEATS; repeat += 1) times.push(1_000 * (await seconds(ask)))
    milliseconds[key] = Number(Math.max(...times).toFixed(1))
  }
  await client.end()
  const slowest = Object.entries(milliseconds).sort(([, left], [, right]) => right - left)
  console.log(`\nrows of docs/power-bi-tiles.md, as an executive: the ten slowest of ${slowest.length}`)
  for (const [key, time] of slowest.slice(0, 10)) console.log(`${key.padEnd(60)}${time.toFixed(0).padStart(8)} ms`)
  if (!flags.record) return
  const times: QueryTimes = { facts: lines, stores: STORES, machine: machine(), milliseconds }
  writeFileSync(queryTimesFile, `${JSON.stringify(times, null, 2)}\n`)
}

/** Readers of all roles who look at one tile after another, with a second between two. @returns milliseconds of each query */
async function load(urls: readonly string[]): Promise<number[]> {
  const texts = Object.values(queries)
  const endsAt = performance.now() + 1_000 * loadSeconds
  const times: number[] = []
  await Promise.all(
    Array.from({ length: readers }, async (_, reader) => {
      const client = await connect(urls[reader % urls.length]!)
      for (let turn = reader; performance.now() < endsAt; turn += 1) {
        times.push(1_000 * (await seconds(() => client.query(texts[turn % texts.length]!))))
        await new Promise((resolve) => setTimeout(resolve, 1_000))
      }
      await client.end()
    }),
  )
  return times
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}
