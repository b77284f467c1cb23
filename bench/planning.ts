/**
 * Planning a day's orders for very many store × product lines through PostgreSQL, in a database of its own: positions,
 * forecasts, decisions, drafts written. Needs a running instance. `node bench/planning.ts [stores = 50] [products = 1000]`
 */
import { draftOrder, openLocation } from '../activities/replenishment/replenishment.ts'
import { createLogger } from '../platform/log.ts'
import { createPool, type Pool } from '../platform/postgres/postgres.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { createTestDatabase } from '../platform/testing.ts'
import { whatIf } from '../services/replenishment/whatif.ts'
import { mapBounded } from '../workflows/assets/graph.ts'
import { machine, report, seconds } from './measure.ts'

const RUNS = 3
const SUPPLIERS = 5
const FORECAST_DAYS = 28
/** As the workflow does. */
const LOCATIONS_AT_ONCE = 4
const DATE = '2024-05-06'
const MEGABYTE = 2 ** 20
const still = () => undefined

const [stores = '50', products = '1000'] = process.argv.slice(2)
const lines = Number(stores) * Number(products)
console.log(`${machine()}; ${stores} stores × ${products} products, ${SUPPLIERS} suppliers`)
const database = await createTestDatabase(loadSettings())
const pool = createPool(database.settings, createLogger({ logLevel: 'error' }, 'bench'))
try {
  await fill(pool)
  await measure()
} finally {
  await pool.end()
  await database.drop()
}

async function measure(): Promise<void> {
  const before = process.memoryUsage.rss()
  const times: number[] = []
  let peak = before
  const watch = () => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }
  for (let run = 0; run < RUNS; run += 1) {
    await forgetOrders()
    times.push(await seconds(() => planAll(watch)))
  }
  const { rows } = await pool.query(
    `select count(distinct purchase_order_id)::integer as orders, count(*)::integer as lines from ops.purchase_order_line`,
  )
  report(`plan ${lines.toLocaleString('en-GB')} lines and write the drafts`, 's', times)
  report(
    'lines a second',
    'lines/s',
    times.map((time) => lines / time),
  )
  console.log(`drafted: ${rows[0]!.orders} orders with ${rows[0]!.lines} lines`)
  console.log(`memory: ${Math.round(before / MEGABYTE)} MB before, ${Math.round(peak / MEGABYTE)} MB at most`)
  report('plan again, nothing to draft', 's', [await seconds(() => planAll(watch))])
  const change = { serviceTarget: 0.98, leadTimeDays: 2 }
  report('whatif over all of it, read only', 's', [
    await seconds(() => whatIf({ pool, timeZone: 'UTC' }, { date: DATE, change }, watch)),
  ])
  await measureTransfers(watch)
}

/** Everybody may give to everybody: as many transfers as there can be. */
async function measureTransfers(watch: () => void): Promise<void> {
  await forgetOrders()
  await pool.query(`insert into ref.transfer_lane values (null, null, 2, 0.05, 1, 'bench')`)
  report('plan, with lanes between all locations', 's', [await seconds(() => planAll(watch))])
  const { rows } = await pool.query(
    'select count(*)::integer as transfers, count(distinct product_id)::integer as products from ops.transfer_proposal',
  )
  console.log(`proposed: ${rows[0]!.transfers} transfers of ${rows[0]!.products} products`)
}

async function planAll(watch: () => void): Promise<void> {
  const locations = Array.from({ length: Number(stores) }, (_, index) => `s${index + 1}`)
  await mapBounded(locations, LOCATIONS_AT_ONCE, async (locationId) => {
    for (const { supplierId } of await openLocation(pool, { date: DATE, locationId }, still)) {
      await draftOrder(pool, { date: DATE, locationId, supplier: supplierId }, watch)
    }
  })
}

async function forgetOrders(): Promise<void> {
  const owner = createPool(
    { ...database.settings, postgresUrl: database.settings.postgresMigrateUrl },
    createLogger({ logLevel: 'error' }, 'bench'),
  )
  await owner.query('truncate ops.purchase_order cascade').finally(() => owner.end())
}

/** Every store has a tenth of its goods in plenty, the rest for some days; every product is forecast. */
async function fill(into: Pool): Promise<void> {
  const run = (text: string, ...values: unknown[]) => into.query(text, values)
  await run(`select analytics.ensure_partitions('2024-04-01', '2024-06-30')`)
  await run(
    `insert into ref.stores select 's' || n, 'Store', 'east', 'UTC', 'US', 'USD', now() from generate_series(1, $1::integer) as n`,
    stores,
  )
  await run(
    `insert into ref.products (product_id, name, category, recorded_at)
     select 'p' || n, 'Product ' || n, 'c' || n % 20, now() from generate_series(1, $1::integer) as n`,
    products,
  )
  await run(
    `insert into ref.suppliers (supplier_id, name, adapter, order_weekdays, cut_off, time_zone, lead_time_days, currency, recorded_at)
     select 'u' || n, 'Supplier', 'simulator', '{1,3,5}', '23:59', 'UTC', 1 + n % 4, 'USD', now()
     from generate_series(0, $1::integer - 1) as n`,
    SUPPLIERS,
  )
  await run(
    `insert into ref.supply_terms (terms_id, product_id, supplier_id, unit_cost, pack_size, shelf_life_days, preference, recorded_at)
     select '*/p' || n || '/u' || n % $2::integer, 'p' || n, 'u' || n % $2::integer, 1 + n % 9, 6,
       case when n % 4 = 0 then 5 end, 1, now()
     from generate_series(1, $1::integer) as n`,
    products,
    SUPPLIERS,
  )
  for (const [table, columns] of [
    ['stock', `store_id, product_id, 4 + n % 40`],
    ['sales_rate', `store_id, product_id, '${DATE}', 1 + n % 12, 3 + n % 9`],
  ] as const) {
    await run(
      `insert into state.${table} select ${columns}
       from (select store_id, product_id, abs(hashtext(store_id || product_id)) as n from ref.stores cross join ref.products) as shelf`,
    )
  }
  await run(
    `insert into analytics.dim_store (store_key, store_id, name, region, time_zone, country, currency, valid_from, valid_to, is_current, is_unknown)
     select analytics.dimension_key(store_id, '1900-01-01'), store_id, name, region, time_zone, country, currency,
       '1900-01-01', '9999-12-31', true, false from ref.stores`,
  )
  await run(
    `insert into analytics.dim_product (product_key, product_id, name, valid_from, valid_to, is_current, is_unknown)
     select analytics.dimension_key(product_id, '1900-01-01'), product_id, name, '1900-01-01', '9999-12-31', true, false
     from ref.products`,
  )
  await run(
    `insert into analytics.fact_forecast (forecast_date, target_date, store_key, product_key, model_name, model_version,
       mean_quantity, deviation_quantity)
     select $1::date - 1, $1::date + day, store_key, product_key, 'demand', 1, mean, mean * 0.5
     from (select store_key, product_key, 1 + abs(hashtext(store_id || product_id)) % 12 as mean
       from analytics.dim_store cross join analytics.dim_product) as series
     cross join generate_series(0, $2::integer - 1) as day`,
    DATE,
    FORECAST_DAYS,
  )
  await run('analyze')
}
