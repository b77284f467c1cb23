/** Keeps `state.stock_out_risk` in step with the shelves: what moved is evaluated at once, everything once an hour. */
import {
  daysOfDemand,
  HOURS_A_WEEK,
  type ShelfPosition,
  stockOutRisk,
  type WeekPattern,
  weekPattern,
} from '../../models/live-state/stock-out-risk.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { currentLife, whilePulsing } from '../activity-context.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { learnPrices } from '../pricing/evidence.ts'
import { planMarkdowns } from '../pricing/markdowns.ts'
import { evaluateAvailability } from './availability.ts'
import { learnDemand } from './demand-profiles.ts'
import { evaluateProducts } from './product-pages.ts'

/** Bounds of one call; the rest waits for the next minute. */
const STORES_MAX = 2_000
const STORE_HOURS_MAX = 2_000
const LEARNT_STORES_MAX = 10
const PRICED_DAYS_MAX = 20

const dueStores = statement('live-state/due_stores.sql')
const readPatterns = statement('live-state/read_patterns.sql')
const readPositions = statement('live-state/read_positions.sql')
const mergeStockOutRisk = statement('live-state/merge_stock_out_risk.sql')

/** As `read_positions.sql` gives it. */
type Row = [
  productId: string,
  updatedAt: string,
  onHand: number,
  pAvailable: number,
  category: string,
  unitsPerDay: number,
  inverseSize: number,
  unitValue: number | null,
  soldToday: number,
  hourOfWeek: number,
  horizonSeconds: number,
]

export interface RiskReport {
  /** The instant that it was evaluated for: simulated while a simulation's clock runs. */
  asOf: string
  /** Products whose usual demand was learnt, products × hours and shelves that were evaluated. */
  profiles: number
  availabilities: number
  risks: number
  /** Days of stores whose prices were learnt from, shelves whose markdown was planned. */
  pricedDays: number
  markdowns: number
}

/**
 * Evaluates the shelves that are due, store by store.
 *
 * @param beat called after each page
 * @returns shelves that were evaluated
 */
export async function evaluateStockOutRisk(
  pool: Pool,
  asOf: Date,
  storesMax: number,
  beat: () => void,
): Promise<number> {
  const { rows } = await pool.query<{ storeId: string }>(dueStores, [asOf, storesMax])
  let evaluated = 0
  for (const { storeId } of rows) evaluated += await evaluateStore(pool, asOf, storeId, beat)
  return evaluated
}

async function evaluateStore(pool: Pool, asOf: Date, storeId: string, beat: () => void): Promise<number> {
  const patterns = await pool.query<{ category: string; runningDays: number[] }>(readPatterns, [storeId])
  const byCategory = new Map(
    patterns.rows.map(({ category, runningDays }) => [category, Float64Array.from(runningDays)] as const),
  )
  const read = { name: 'risk_positions', text: readPositions, values: [asOf, storeId] }
  const write = { name: 'risk_merge', text: mergeStockOutRisk, values: [asOf, storeId] }
  return evaluateProducts<Row>(pool, read, (row) => riskOf(row, asOf, byCategory), write, beat)
}

const FLAT: WeekPattern = weekPattern(new Float64Array(HOURS_A_WEEK))

/** The risk of a shelf, in the order of `merge_stock_out_risk.sql`. */
function riskOf(row: Row, asOf: Date, byCategory: ReadonlyMap<string, WeekPattern>): unknown[] {
  const [productId, updatedAt, onHand, pAvailable, category, unitsPerDay, inverseSize] = row
  const [, , , , , , , unitValue, soldToday, hourOfWeek, horizonSeconds] = row
  const pattern = byCategory.get(category) ?? byCategory.get('') ?? FLAT
  const midnight = Math.floor(hourOfWeek / 24) * 24
  const position: ShelfPosition = {
    onHand,
    pAvailable,
    demand: { unitsPerDay, inverseSize },
    pattern,
    soldToday,
    elapsedDays: daysOfDemand(pattern, midnight, hourOfWeek - midnight),
    hourOfWeek,
    horizonHours: horizonSeconds / 3_600,
    unitValue,
  }
  const risk = stockOutRisk(position)
  return [
    productId,
    risk.probability,
    risk.hoursOfCover,
    risk.expectedLostUnits,
    risk.moneyAtRisk,
    asOf.getTime() / 1_000 + horizonSeconds,
    updatedAt,
  ]
}

/** Usual demand, availability, risk, prices and markdowns, in this order, as of an instant: each rests on those before. */
export async function evaluateRisk(pool: Pool, asOf: Date, beat: () => void): Promise<RiskReport> {
  return {
    asOf: asOf.toISOString(),
    profiles: await learnDemand(pool, asOf, LEARNT_STORES_MAX, beat),
    availabilities: await evaluateAvailability(pool, asOf, STORE_HOURS_MAX, beat),
    risks: await evaluateStockOutRisk(pool, asOf, STORES_MAX, beat),
    pricedDays: await learnPrices(pool, asOf, PRICED_DAYS_MAX, beat),
    markdowns: await planMarkdowns(pool, asOf, beat),
  }
}

export function createRiskActivities({ pool }: BatchDependencies) {
  return {
    evaluateRisk: (): Promise<RiskReport> => {
      const { heartbeat } = currentLife()
      return whilePulsing(heartbeat, async () => {
        const { rows } = await pool.query<{ asOf: Date }>('select ops.now() as "asOf"')
        return evaluateRisk(pool, rows[0]!.asOf, heartbeat)
      })
    },
  }
}

export type RiskActivities = ReturnType<typeof createRiskActivities>
