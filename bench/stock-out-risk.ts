/**
 * Stock-out risk and availability of very many shelves: the pure functions alone, and the activities against PostgreSQL in
 * a database of their own, all shelves due. Needs a running instance. `node bench/stock-out-risk.ts [stores = 1000] [products = 500]`
 */
import { evaluateAvailability } from '../activities/live-state/availability.ts'
import { evaluateStockOutRisk } from '../activities/live-state/stock-out-risk.ts'
import { type AvailabilityModel, advance, HOURS_A_DAY, initialAvailability } from '../models/live-state/availability.ts'
import { HOURS_A_WEEK, stockOutRisk, weekPattern } from '../models/live-state/stock-out-risk.ts'
import { createLogger } from '../platform/log.ts'
import { createPool, type Pool } from '../platform/postgres/postgres.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { createTestDatabase } from '../platform/testing.ts'
import { machine, report, seconds } from './measure.ts'

const RUNS = 3
const AS_OF = new Date('2024-05-03T12:00:00Z')
const everyHour = (value: number): number[] => new Array<number>(HOURS_A_DAY).fill(value)
const model: AvailabilityModel = {
  depletion: everyHour(0.01),
  restock: everyHour(0.1),
  leak: 0.02,
  level: { keptAnHour: 0.99, priorSales: 4 },
  emptyCount: { available: 0.05, unavailable: 0.8 },
}

const [stores = '1000', products = '500'] = process.argv.slice(2)
const shelves = Number(stores) * Number(products)
console.log(`${machine()}; ${stores} stores × ${products} products`)
await measurePure()
await measureActivities()

async function measurePure(): Promise<void> {
  const pattern = weekPattern(
    Float64Array.from({ length: HOURS_A_WEEK }, (_, hour) => (hour % 24 > 6 ? 1 + (hour % 5) : 0)),
  )
  const risks: number[] = []
  const hours: number[] = []
  for (let run = 0; run < RUNS; run += 1) {
    risks.push(shelves / (await seconds(() => evaluateRisks(pattern))))
    hours.push(shelves / (await seconds(advanceHours)))
  }
  report('stock-out risk, pure function', 'shelves/s', risks)
  report('availability, pure function', 'hours/s', hours)
}

function evaluateRisks(pattern: Float64Array): void {
  for (let shelf = 0; shelf < shelves; shelf += 1) {
    stockOutRisk({
      onHand: shelf % 60,
      pAvailable: 1 - (shelf % 11) / 11,
      demand: { unitsPerDay: 0.2 + (shelf % 997) / 20, inverseSize: (shelf % 13) / 13 },
      pattern,
      soldToday: shelf % 7,
      elapsedDays: 0.5,
      hourOfWeek: 12,
      horizonHours: 0.5 + (shelf % 5) * 12,
      unitValue: 2,
    })
  }
}

function advanceHours(): void {
  const rates = { expected: everyHour(0.4), depletionFactor: 1, restockFactor: 1 }
  const state = initialAvailability(model)
  for (let hour = 0; hour < shelves; hour += 1) {
    advance(state, model, rates, {
      hour: hour % HOURS_A_DAY,
      isSold: hour % 3 === 0,
      traffic: 1,
      isCountedEmpty: false,
    })
  }
}

async function measureActivities(): Promise<void> {
  const database = await createTestDatabase(loadSettings())
  const pool = createPool(database.settings, createLogger({ logLevel: 'error' }, 'bench'))
  try {
    await fill(pool)
    const availability: number[] = []
    const risk: number[] = []
    for (let run = 0; run < RUNS; run += 1) {
      const asOf = new Date(AS_OF.getTime() + run * 3_600_000)
      await pool.query(`update ops.stream_watermark set watermark = $1, active_at = $1`, [asOf])
      availability.push(await seconds(() => expectAll(evaluateAvailability(pool, asOf, shelves, () => undefined))))
      risk.push(await seconds(() => expectAll(evaluateStockOutRisk(pool, asOf, shelves, () => undefined))))
    }
    report(`availability of ${shelves} products, one hour`, 's', availability)
    report(`stock-out risk of ${shelves} shelves, all due`, 's', risk)
    const nothingDue = await seconds(() =>
      evaluateStockOutRisk(pool, new Date(AS_OF.getTime() + (RUNS - 1) * 3_600_000), shelves, () => undefined),
    )
    report('stock-out risk, none due', 's', [nothingDue])
  } finally {
    await pool.end()
    await database.drop()
  }
}

async function expectAll(evaluation: Promise<number>): Promise<void> {
  const evaluated = await evaluation
  if (evaluated !== shelves) throw new Error(`bench: ${evaluated} of ${shelves} shelves were evaluated`)
}

/** Shelves, profiles and this day's hours, of which a product sold in every fifth. */
async function fill(pool: Pool): Promise<void> {
  const statements = [
    `insert into ref.stores select 'S' || i, 'Store ' || i, 'r', 'UTC', 'GB', 'GBP', now() from generate_series(1, ${stores}) as i`,
    `insert into ref.products (product_id, name, category, recorded_at)
     select 'P' || i, 'Product ' || i, 'c' || i % 20, now() from generate_series(1, ${products}) as i`,
    `insert into ref.shelves (store_id, product_id, shelf_id, capacity, warehouse_id, recorded_at)
     select store_id, product_id, 'A', 60, 'w', now() from ref.stores cross join ref.products`,
    `insert into state.shelf (store_id, product_id, refilled) select store_id, product_id, 1 + random() * 60 from ref.shelves`,
    `insert into state.warehouse (warehouse_id, product_id, received, shipped)
     select 'w', product_id, 1000, 0 from ref.products where product_id not like '%1'`,
    `insert into state.demand_profile
     select store_id, product_id, date '2024-05-03', category, 28, 0.2 + 20 * random() ^ 3, random(), 2,
       array_fill(0.4::real, array[24]), 1, 1
     from ref.shelves join ref.products using (product_id)`,
    `insert into state.demand_pattern select store_id, category, array(select i / 24.0 from generate_series(0, 168) as i)
     from ref.stores cross join (select distinct category from ref.products) as categories`,
    `insert into state.availability_model select store_id, date '2024-05-03', '${JSON.stringify(model)}',
       array_fill(40::real, array[24]) from ref.stores`,
    `select state.ensure_days(array['sales_hour'], array[date '2024-05-02', date '2024-05-03'])`,
    `insert into state.sales_hour (store_id, product_id, window_start, local_start, units, revenue, returned_units,
       returned_revenue, lines, transactions, entries, exits)
     select store_id, product_id, hour, hour at time zone 'UTC', 2, 4, 0, 0, 1, 1, 40, 40
     from generate_series(timestamptz '2024-05-03 08:00Z', timestamptz '2024-05-03 14:00Z', interval '1 hour') as hour
     cross join ref.stores
     cross join (select product_id, row_number() over () as i from ref.products union all select '', 0) as product
     where (i + extract(hour from hour)) % 5 = 0 or i = 0`,
    `insert into ops.stream_watermark values ('sales_windows', 'pos_transactions', 0, now(), now())`,
    'vacuum analyze',
  ]
  for (const text of statements) await pool.query(text)
}
