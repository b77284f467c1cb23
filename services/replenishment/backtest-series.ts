/** Reads what `backtest orders` replays: a store's products by pages, as dense series of days. */

import { addDays, countDays } from '../../contracts/calendar.ts'
import type { BacktestSeries } from '../../models/replenishment/backtest.ts'
import { learnLeadTime } from '../../models/replenishment/lead-time.ts'
import type { LinePolicy } from '../../models/replenishment/order-line.ts'
import { weekdayFactors } from '../../models/replenishment/running-forecast.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'

const readStoresText = statement('replenishment/backtest_stores.sql')
const readWeekdaysText = statement('replenishment/backtest_weekdays.sql')
const readSeriesText = statement('replenishment/backtest_series.sql')

/** Products of a store that are in memory at once. */
const PAGE_SERIES_MAX = 1_000

export interface BacktestRange {
  /** First day of the history (whole weeks), first measured day, last measured day: YYYY-MM-DD. */
  historyFrom: string
  from: string
  to: string
}

/** What is used where no supplier has terms. */
export interface BacktestAssumptions {
  leadTimeDays: number
  /** Share of the price. */
  margin: number
  shelfLifeDays?: number
}

/** What replaces the policies' own costs, for every policy alike. */
export interface BacktestCosts {
  orderingCost?: number
  holdingRatePerYear?: number
}

export interface BacktestRequest extends BacktestRange {
  assumptions: BacktestAssumptions
  costs: BacktestCosts
  /** Series with fewer days with a sale are left out: they show nothing. */
  minimumSaleDays: number
}

/** A page of series, and how many of them a supplier has terms for. */
export interface BacktestPage {
  series: BacktestSeries[]
  withTerms: number
  /** Days on which a product had run out, by the stock. */
  censoredDays: number
}

export async function readBacktestStores(
  pool: Pool,
  { from, to }: BacktestRange,
  storeIds: readonly string[] | undefined,
): Promise<string[]> {
  const { rows } = await pool.query<{ store_id: string }>(readStoresText, [from, to, storeIds ?? null])
  return rows.map(({ store_id: storeId }) => storeId)
}

interface Row extends Omit<LinePolicy, 'maximumCoverDays'> {
  productId: string
  category: string
  days: number[]
  units: number[]
  ranOut: number[]
  price: number
  unitCost: number | null
  packSize: number
  minimumQuantity: number | null
  maximumQuantity: number | null
  shelfLifeDays: number | null
  leadTimeDays: number | null
  reviewDays: number
  maximumCoverDays: number | null
}

/** The store's products in the order of their names, page after page. */
export async function* readBacktestPages(
  pool: Pool,
  storeId: string,
  request: BacktestRequest,
): AsyncGenerator<BacktestPage> {
  const { historyFrom, to, minimumSaleDays } = request
  const factors = await readFactors(pool, storeId, request)
  for (let after = ''; ; ) {
    const values = [storeId, historyFrom, to, after, PAGE_SERIES_MAX, minimumSaleDays]
    const { rows } = await pool.query<Row>({ name: 'backtest_series', text: readSeriesText, values })
    if (rows.length > 0) {
      yield {
        // Nothing can be earned or lost with what is given away.
        series: rows
          .filter(({ price }) => price > 0)
          .map((row) => seriesOf(storeId, row, factors(row.category), request)),
        withTerms: rows.filter(({ unitCost }) => unitCost !== null).length,
        censoredDays: rows.reduce((sum, { ranOut }) => sum + ranOut.length, 0),
      }
    }
    if (rows.length < PAGE_SERIES_MAX) return
    after = rows.at(-1)!.productId
  }
}

function seriesOf(
  storeId: string,
  row: Row,
  factors: Float64Array,
  { historyFrom, to, assumptions, costs }: BacktestRequest,
): BacktestSeries {
  const days = countDays(historyFrom, to) + 1
  const sold = new Float64Array(days)
  for (const [index, day] of row.days.entries()) sold[day] = row.units[index]!
  const ranOut = new Uint8Array(days)
  for (const day of row.ranOut) ranOut[day] = 1
  const { method, serviceMeasure, serviceTarget, holdingRatePerYear, stockOutCostRatio, wasteCostRatio, orderingCost } =
    row
  const shelfLifeDays = row.unitCost === null ? assumptions.shelfLifeDays : (row.shelfLifeDays ?? undefined)
  return {
    name: `${storeId}/${row.productId}`,
    sold,
    ranOut,
    factors,
    leadTime: learnLeadTime(row.leadTimeDays ?? assumptions.leadTimeDays, [], 'the supplier'),
    reviewDays: row.reviewDays,
    terms: {
      unitCost: row.unitCost ?? row.price * (1 - assumptions.margin),
      price: row.price,
      packSize: row.packSize,
      isCounted: row.units.every(Number.isInteger),
      ...(row.minimumQuantity !== null && { minimumQuantity: row.minimumQuantity }),
      ...(row.maximumQuantity !== null && { maximumQuantity: row.maximumQuantity }),
      ...(shelfLifeDays !== undefined && { shelfLifeDays }),
    },
    policy: {
      method,
      serviceMeasure,
      serviceTarget,
      holdingRatePerYear,
      stockOutCostRatio,
      wasteCostRatio,
      orderingCost,
      ...(row.maximumCoverDays !== null && { maximumCoverDays: row.maximumCoverDays }),
      ...costs,
    },
  }
}

/** Below this many units in the history a category's week is the store's. */
const CATEGORY_UNITS_MIN = 500

/** Demand of each day over the mean day's, by category, from the weekdays of the history. */
async function readFactors(
  pool: Pool,
  storeId: string,
  { historyFrom, from, to }: BacktestRange,
): Promise<(category: string) => Float64Array> {
  const values = [storeId, historyFrom, addDays(from, -1)]
  const { rows } = await pool.query<{ category: string; weekday: number; units: number }>(readWeekdaysText, values)
  const days = countDays(historyFrom, to) + 1
  const firstWeekday = (new Date(`${historyFrom}T00:00:00Z`).getUTCDay() + 6) % 7
  const dense = (units: Float64Array) => {
    const factors = weekdayFactors(units)
    return Float64Array.from({ length: days }, (_, day) => factors[(firstWeekday + day) % 7]!)
  }
  const week = (chosen: typeof rows) => {
    const units = new Float64Array(7)
    for (const row of chosen) units[row.weekday - 1]! += row.units
    return units
  }
  const ofStore = dense(week(rows))
  const ofCategory = new Map(
    Array.from(
      Map.groupBy(rows, ({ category }) => category),
      ([category, own]) => [category, week(own)] as const,
    )
      .filter(([, units]) => units.reduce((total, each) => total + each, 0) >= CATEGORY_UNITS_MIN)
      .map(([category, units]) => [category, dense(units)]),
  )
  return (category) => ofCategory.get(category) ?? ofStore
}
