/** Champion and challenger as decisions: the same past days, ordered by the one's forecasts and by the other's. */

import { compiled, ndtri } from 'cephes'
import { dateOf } from '../../contracts/calendar.ts'
import {
  compareDecisions,
  type DecisionOutcome,
  type PairedOutcome,
} from '../../models/registry/decision-comparison.ts'
import { wape } from '../../models/registry/metrics.ts'
import {
  type Decider,
  type ReplayCosts,
  type Replayed,
  type ReplaySupply,
  replay,
} from '../../models/replenishment/replay.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { RowForecasts } from '../forecasting/model.ts'
import type { DecisionEvidence } from './evidence.ts'
import type { Trial } from './trial.ts'

// Cephes is WebAssembly, which is compiled once.
await compiled

/** Fewer days that neither has seen decide nothing. */
export const DECISION_DAYS_MIN = 7
/** Days ahead that an order looks at most: what the first block of the horizon knows. */
const AHEAD_DAYS_MAX = 7
const REVIEW_DAYS = 1
/** Below this share of the day what sold shows little of the demand. */
const IN_STOCK_SHARE_MIN = 0.2
const DAYS_A_YEAR = 365

interface Terms {
  serviceTarget: number
  holdingRatePerYear: number
  stockOutCostRatio: number
  wasteCostRatio: number
  leadTimeDays: number
  unitCost: number | null
  packSize: number
  shelfLifeDays: number | null
}

export interface DecisionRequest {
  pool: Pool
  trial: Trial
  /** The champion's forecasts of the trial's rows. */
  champion: RowForecasts
  /** For people: 'demand@3'. */
  against: string
  /** The last day that either has seen, in days since 1970: the first review is on the morning after. */
  seenThroughDay: number
  seed: number
}

/** @returns undefined when there are too few days that neither has seen, or nothing that costs anything */
export async function replayDecisions(request: DecisionRequest): Promise<DecisionEvidence | undefined> {
  const { pool, trial, champion, against, seenThroughDay, seed } = request
  const calendar = calendarOf(trial, seenThroughDay)
  if (calendar.days < DECISION_DAYS_MIN) return undefined
  const terms = await readTerms(pool, trial)
  const index = indexRows(trial, calendar)
  const pairs: PairedOutcome[] = []
  let measuredDays = 0
  for (const item of trial.items.keys()) {
    const first = index.rowOf(item, 0, 1)
    // What was not active when the days began has no forecast to order by.
    if (first < 0) continue
    const demand = index.demandOf(item)
    const replayed = (forecasts: RowForecasts) =>
      replayItem(demand, terms[item]!, priceOf(trial, first), trial.rows.mean28[first]!, (day, ahead) => {
        const row = index.rowOf(item, day, ahead)
        return row < 0 ? undefined : momentsOf(forecasts, row)
      })
    const [own, other] = [replayed(trial.forecast), replayed(champion)]
    pairs.push({ challenger: outcomeOf(own), champion: outcomeOf(other) })
    measuredDays = Math.max(measuredDays, own.days)
  }
  const compared = compareDecisions(pairs, seed)
  const dateOfDay = (day: number) => dateOf(seenThroughDay + 1 + day)
  if (compared === undefined) return undefined
  const errors = errorsOf(trial, champion, calendar)
  return { ...compared, errors, against, from: dateOfDay(0), through: dateOfDay(calendar.days - 1), measuredDays }
}

interface Calendar {
  /** The origin of the first review, in days since 1970. */
  firstOrigin: number
  /** Days whose demand is known. */
  days: number
}

function calendarOf({ rows, actual }: Trial, seenThroughDay: number): Calendar {
  let last = seenThroughDay
  for (let row = 0; row < rows.rows; row += 1) {
    if (Number.isFinite(actual[row]!) && rows.targetDay[row]! > last) last = rows.targetDay[row]!
  }
  return { firstOrigin: seenThroughDay, days: last - seenThroughDay }
}

/** Errors of both on the rows that are from the same days. */
function errorsOf({ rows, originDay, actual, forecast }: Trial, champion: RowForecasts, { firstOrigin }: Calendar) {
  const own: number[] = []
  for (let row = 0; row < rows.rows; row += 1) {
    if (originDay[row]! >= firstOrigin && Number.isFinite(actual[row]!)) own.push(row)
  }
  const came = Float64Array.from(own, (row) => actual[row]!)
  const said = (mean: Float32Array) => Float64Array.from(own, (row) => mean[row]! * rows.inStockShare[row]!)
  const [ours, other] = [wape(came, said(forecast.mean)), wape(came, said(champion.mean))]
  return { ...(ours !== undefined && { challenger: ours }), ...(other !== undefined && { champion: other }) }
}

/** Finds a row by its series, the day of the review (0 is the first) and how many days ahead it is for (1 is that day). */
function indexRows({ rows, item, originDay, horizon, actual, items }: Trial, { firstOrigin, days }: Calendar) {
  const at = new Int32Array(items.length * days * AHEAD_DAYS_MAX).fill(-1)
  const demand = new Float64Array(items.length * days)
  const place = (which: number, day: number, ahead: number) => (which * days + day) * AHEAD_DAYS_MAX + ahead - 1
  for (let row = 0; row < rows.rows; row += 1) {
    const day = originDay[row]! - firstOrigin
    const targetDay = rows.targetDay[row]! - firstOrigin - 1
    if (targetDay >= 0 && targetDay < days && Number.isFinite(actual[row]!)) {
      // Demand that met an empty shelf is demand all the same.
      demand[item[row]! * days + targetDay] = actual[row]! / Math.max(rows.inStockShare[row]!, IN_STOCK_SHARE_MIN)
    }
    if (day >= 0 && day < days && horizon[row]! <= AHEAD_DAYS_MAX) at[place(item[row]!, day, horizon[row]!)] = row
  }
  return {
    rowOf: (which: number, day: number, ahead: number) => at[place(which, day, ahead)]!,
    demandOf: (which: number) => demand.subarray(which * days, (which + 1) * days),
  }
}

interface Moments {
  mean: number
  variance: number
}

/** A base-stock policy on the forecast's mean and spread over lead time and review, at the service that is asked for. */
function replayItem(
  demand: Float64Array,
  terms: Terms,
  price: number,
  usual: number,
  forecast: (day: number, ahead: number) => Moments | undefined,
): Replayed {
  const leadTimeDays = Math.min(Math.round(terms.leadTimeDays), AHEAD_DAYS_MAX - REVIEW_DAYS)
  const protectedDays = leadTimeDays + REVIEW_DAYS
  const z = ndtri(terms.serviceTarget)
  const decide: Decider = ({ day, onHand, onOrder }) => {
    const sum = { mean: 0, variance: 0 }
    for (let ahead = 1; ahead <= protectedDays; ahead += 1) {
      const known = forecast(day, ahead)
      if (known === undefined) return 0
      sum.mean += known.mean
      sum.variance += known.variance
    }
    return sum.mean + z * Math.sqrt(sum.variance) - onHand - onOrder
  }
  const supply: ReplaySupply = {
    packSize: terms.packSize,
    reviewDays: REVIEW_DAYS,
    leadTimeDays,
    ...(terms.shelfLifeDays !== null && { shelfLifeDays: terms.shelfLifeDays }),
  }
  // Both begin with what usually sells until the first order comes.
  const openingStock = Math.ceil(Math.max(0, Number.isFinite(usual) ? usual : 0) * protectedDays)
  return replay(demand, supply, costsOf(terms, price), decide, { openingStock, measuredFrom: leadTimeDays })
}

const outcomeOf = ({ costs, demand, sold }: Replayed): DecisionOutcome => ({
  holding: costs.holding,
  stockOut: costs.lost,
  waste: costs.waste,
  demand,
  sold,
})

function costsOf(terms: Terms, price: number): ReplayCosts {
  const lostPerUnit = price * terms.stockOutCostRatio
  const unitCost = terms.unitCost ?? Math.max(0, price - lostPerUnit)
  return {
    holdingPerUnitDay: (unitCost * terms.holdingRatePerYear) / DAYS_A_YEAR,
    lostPerUnit,
    wastePerUnit: unitCost * terms.wasteCostRatio,
    perOrder: 0,
  }
}

/** What was paid last; a unit of a product without a price counts as one. */
function priceOf({ rows }: Trial, row: number): number {
  const { features, values } = rows
  const price = values[row * features.length + features.indexOf('price_last')]!
  return price > 0 && Number.isFinite(price) ? price : 1
}

/** Mean and variance of a day: not below Poisson's, for whole units vary at least as much. */
const momentsOf = ({ mean, deviation }: RowForecasts, row: number): Moments => ({
  mean: mean[row]!,
  variance: Math.max(deviation[row]! ** 2, mean[row]!),
})

async function readTerms(pool: Pool, { items }: Trial): Promise<Terms[]> {
  const keys = [items.map(({ storeId }) => storeId), items.map(({ productId }) => productId)]
  return (await pool.query<Terms>(statement('registry/decision_terms.sql'), keys)).rows
}
