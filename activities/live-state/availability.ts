/** Moves `state.availability` on, hour by hour, as far as the sales windows are closed. */
import {
  type AvailabilityModel,
  advance,
  expectedInHour,
  initialAvailability,
  trafficOver,
} from '../../models/live-state/availability.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { evaluateProducts } from './product-pages.ts'

/** A store that is further behind continues from there: older hours are of no use now. */
const HOURS_BEHIND_MAX = 48
/** Old hours that are forgotten after each store's hour: as many as a store of this size can have added. */
const FORGOTTEN_ROWS_MAX = 20_000

const dueHours = statement('live-state/due_hours.sql')
const readAvailability = statement('live-state/read_availability.sql')
const mergeAvailability = statement('live-state/merge_availability.sql')
const finishHour = statement('live-state/finish_hour.sql')

interface DueHour {
  storeId: string
  hour: Date
  localHour: number
  model: AvailabilityModel
  usualVisitors: number[]
  lines: number
  entries: number
  transactions: number
}

/** As `read_availability.sql` gives it. */
type Row = [
  productId: string,
  salesAnHour: number[],
  depletionFactor: number,
  restockFactor: number,
  available: number | null,
  recentSales: number | null,
  recentExpected: number | null,
  wasCountedEmpty: boolean | null,
  silentHours: number,
  silentExpected: number,
  isSold: boolean,
  onShelf: number | null,
  isRefilled: boolean,
]

/**
 * Evaluates store hours, the oldest first, until all are done or the bound is reached. Each page commits by itself; what
 * was done is not done again.
 *
 * @param storeHoursMax stores × hours in one call
 * @param beat called after each page
 * @returns products × hours that were evaluated
 */
export async function evaluateAvailability(
  pool: Pool,
  asOf: Date,
  storeHoursMax: number,
  beat: () => void,
): Promise<number> {
  let evaluated = 0
  for (let left = storeHoursMax; left > 0; ) {
    const { rows } = await pool.query<DueHour>(dueHours, [asOf, left, HOURS_BEHIND_MAX])
    if (rows.length === 0) break
    for (const due of rows) evaluated += await evaluateHour(pool, due, beat)
    left -= rows.length
  }
  return evaluated
}

async function evaluateHour(pool: Pool, due: DueHour, beat: () => void): Promise<number> {
  const { storeId, hour } = due
  const traffic = trafficOf(due)
  const read = { name: 'availability_page', text: readAvailability, values: [storeId, hour] }
  const write = { name: 'availability_merge', text: mergeAvailability, values: [storeId, hour, traffic] }
  const evaluated = await evaluateProducts<Row>(pool, read, (row) => nextOf(row, due, traffic), write, beat)
  await pool.query(finishHour, [storeId, hour, FORGOTTEN_ROWS_MAX])
  return evaluated
}

/** A store that sold nothing at all, because it is closed or its tills are silent, shows nothing about a product. */
function trafficOf({ transactions, entries, usualVisitors, localHour }: DueHour): number {
  if (transactions === 0) return 0
  return trafficOver(entries > 0 ? entries : transactions, usualVisitors[localHour]!)
}

/** The next state of a product, in the order of `merge_availability.sql`. */
function nextOf(row: Row, { model, localHour }: DueHour, traffic: number): unknown[] {
  const [productId, expected, depletionFactor, restockFactor, available, recentSales, recentExpected] = row
  const [, , , , , , , wasCountedEmpty, silentHours, silentExpected, isSold, onShelf, isRefilled] = row
  const state =
    available === null
      ? initialAvailability(model)
      : {
          available,
          recentSales: recentSales!,
          recentExpected: recentExpected!,
          wasCountedEmpty: wasCountedEmpty ?? undefined,
        }
  const rates = { expected, depletionFactor, restockFactor }
  const observed = { hour: localHour, isSold, traffic, isCountedEmpty: onShelf === null ? undefined : onShelf <= 0 }
  const silent = isSold ? 0 : silentExpected + expectedInHour(state, model, rates, observed)
  // The person who puts goods on a shelf sees that they are there.
  advance(state, model, rates, observed, isRefilled || undefined)
  return [
    productId,
    state.available,
    state.recentSales,
    state.recentExpected,
    state.wasCountedEmpty ?? null,
    isSold ? 0 : silentHours + 1,
    silent,
    isSold,
    onShelf,
  ]
}
