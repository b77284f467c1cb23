/**
 * Champion and challenger as decisions: the same past days, ordered by the one's forecasts and by the other's, by the policy and on
 * the terms that orders have.
 */
import { setImmediate } from 'node:timers/promises'
import { dateOf } from '../../contracts/calendar.ts'
import {
  compareDecisions,
  type DecisionOutcome,
  type PairedOutcome,
} from '../../models/registry/decision-comparison.ts'
import { wape } from '../../models/registry/metrics.ts'
import { OrderLineError } from '../../models/replenishment/check-line.ts'
import { type ForecastSource, lineDecider } from '../../models/replenishment/deciders.ts'
import { type DayDemand, DEPENDENCE_DEFAULT } from '../../models/replenishment/demand.ts'
import { speedOf } from '../../models/replenishment/demand-speed.ts'
import { learnLeadTime } from '../../models/replenishment/lead-time.ts'
import type { LinePolicy, LineTerms } from '../../models/replenishment/order-line.ts'
import { type ReplayCosts, type ReplayedDay, type ReplaySupply, replay } from '../../models/replenishment/replay.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { RowForecasts } from '../forecasting/scoring.ts'
import { orderDay, reviewedAgainIn } from '../replenishment/calendar.ts'
import { readDependence } from '../replenishment/dependence.ts'
import type { DecisionEvidence } from './evidence.ts'
import type { Trial } from './trial.ts'

/** Fewer days that neither has seen decide nothing. */
export const DECISION_DAYS_MIN = 7
/** Days ahead that are read: what the first block of the horizon knows. Orders repeat its week for the days behind. */
const AHEAD_DAYS_MAX = 7
const WEEK_DAYS = 7
/** Below this share of the day what sold shows little of the demand. */
const IN_STOCK_SHARE_MIN = 0.2
const DAYS_A_YEAR = 365
/** Series that are replayed before others of the process have their turn. */
const ITEMS_AT_ONCE = 10

/** As `decision_terms.sql` gives it. */
interface Terms extends Omit<LinePolicy, 'maximumCoverDays' | 'serviceTarget'> {
  serviceTarget: number
  reviewDays: number
  maximumCoverDays: number | null
  leadTimeDays: number
  orderWeekdays: number[]
  unitCost: number | null
  packSize: number
  palletSize: number | null
  minimumQuantity: number
  maximumQuantity: number | null
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
  signal?: AbortSignal
}

/** @returns undefined when there are too few days or stores that neither has seen, or nothing that costs anything */
export async function replayDecisions(request: DecisionRequest): Promise<DecisionEvidence | undefined> {
  const { pool, trial, champion, against, seenThroughDay, seed, signal } = request
  const calendar = calendarOf(trial, seenThroughDay)
  if (calendar.days < DECISION_DAYS_MIN) return undefined
  const terms = await readTerms(pool, trial)
  const dependence = await readDependence(pool, dateOf(seenThroughDay))
  const index = indexRows(trial, calendar)
  const outcomes: PairedOutcome[] = []
  let series = 0
  let measuredDays = 0
  for (const [item, { storeId, productId }] of trial.items.entries()) {
    if (item % ITEMS_AT_ONCE === 0) await setImmediate(undefined, { ...(signal && { signal }) })
    const first = index.rowOf(item, 0, 1)
    // What was not active when the days began has no forecast to order by.
    if (first < 0) continue
    const usual = trial.rows.mean28[first]!
    const line = new ReplayedLine({
      name: `${storeId}/${productId}`,
      terms: terms[item]!,
      price: priceOf(trial, first),
      usual,
      firstDay: seenThroughDay + 1,
      dependence: dependence[speedOf(usual)].days ?? DEPENDENCE_DEFAULT,
    })
    const demand = index.demandOf(item)
    const own = line.weeks(demand, index.forecastOf(trial.forecast, item))
    const other = line.weeks(demand, index.forecastOf(champion, item))
    if (own.size === 0 || other.size === 0) continue
    for (const [week, challenger] of own) {
      outcomes.push({ challenger, champion: other.get(week)!, cluster: `${storeId} ${week}` })
    }
    measuredDays = Math.max(measuredDays, calendar.days - line.leadTimeDays)
    series += 1
  }
  const compared = compareDecisions(outcomes, seed)
  const dateOfDay = (day: number) => dateOf(seenThroughDay + 1 + day)
  if (compared === undefined) return undefined
  const errors = errorsOf(trial, champion, calendar)
  return {
    ...compared,
    series,
    errors,
    against,
    from: dateOfDay(0),
    through: dateOfDay(calendar.days - 1),
    measuredDays,
  }
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
  const rowOf = (which: number, day: number, ahead: number) => at[place(which, day, ahead)]!
  return {
    rowOf,
    demandOf: (which: number) => demand.subarray(which * days, (which + 1) * days),
    /** As known on the morning of a day; undefined where the series was not active. */
    forecastOf: (forecasts: RowForecasts, which: number): ForecastSource => ({
      from(day, wanted) {
        const ahead = Math.min(wanted, AHEAD_DAYS_MAX)
        const own = Array.from({ length: ahead }, (_, index) => rowOf(which, day, index + 1))
        return own.some((row) => row < 0) ? undefined : own.map((row) => momentsOf(forecasts, row))
      },
    }),
  }
}

const momentsOf = ({ mean, deviation }: RowForecasts, row: number): DayDemand => ({
  mean: mean[row]!,
  variance: deviation[row]! ** 2,
})

interface LineRequest {
  name: string
  terms: Terms
  price: number
  /** Units a day. */
  usual: number
  /** Of the first review, in days since 1970. */
  firstDay: number
  dependence: number
}

/** An order line, decided day by day as production decides it. */
class ReplayedLine {
  readonly leadTimeDays: number
  readonly #request: LineRequest
  readonly #costs: ReplayCosts

  constructor(request: LineRequest) {
    this.#request = request
    this.leadTimeDays = Math.ceil(request.terms.leadTimeDays)
    this.#costs = costsOf(request.terms, request.price)
  }

  /** What each week costs, from the first day on that an order can serve; none of a line that can't be decided. */
  weeks(demand: Float64Array, forecast: ForecastSource): Map<number, DecisionOutcome> {
    const { name, terms, usual, dependence } = this.#request
    const { leadTimeDays } = this
    const weeks = new Map<number, DecisionOutcome>()
    const decide = lineDecider(
      {
        line: name,
        leadTime: learnLeadTime(leadTimeDays, [], name),
        reviewDays: (day) => this.#reviewDays(day),
        terms: lineTerms(terms, this.#request.price),
        policy: linePolicy(terms),
        dependence,
      },
      forecast,
    )
    const supply: ReplaySupply = {
      packSize: terms.packSize,
      reviewDays: 1,
      leadTimeDays,
      ...(terms.shelfLifeDays !== null && { shelfLifeDays: terms.shelfLifeDays }),
    }
    // Both begin with what usually sells until the first order comes.
    const openingStock = Math.ceil(Math.max(0, Number.isFinite(usual) ? usual : 0) * (leadTimeDays + 1))
    const onDay = (day: ReplayedDay) => {
      const week = Math.floor(day.day / WEEK_DAYS)
      const sums = weeks.get(week) ?? { holding: 0, stockOut: 0, waste: 0, demand: 0, sold: 0 }
      addDay(sums, day, this.#costs)
      weeks.set(week, sums)
    }
    try {
      replay(demand, supply, this.#costs, decide, { openingStock, measuredFrom: leadTimeDays, onDay })
    } catch (error) {
      // A plan skips such a line, too.
      if (error instanceof OrderLineError) return new Map()
      throw error
    }
    return weeks
  }

  /** Undefined on a day on which nothing is ordered. */
  #reviewDays(day: number): number | undefined {
    const { method, reviewDays, orderWeekdays } = this.#request.terms
    const date = dateOf(this.#request.firstDay + day)
    return method === 'r_s'
      ? reviewedAgainIn(date, reviewDays, orderWeekdays)
      : orderDay(date, { weekdays: orderWeekdays, isPastCutOff: false })?.untilNextDays
  }
}

function addDay(week: DecisionOutcome, { demand, sold, wasted, held }: ReplayedDay, costs: ReplayCosts): void {
  week.holding += held * costs.holdingPerUnitDay
  week.stockOut += (demand - sold) * costs.lostPerUnit
  week.waste += wasted * costs.wastePerUnit
  week.demand += demand
  week.sold += sold
}

function lineTerms(terms: Terms, price: number): LineTerms {
  const { packSize, palletSize, minimumQuantity, maximumQuantity, shelfLifeDays } = terms
  return {
    unitCost: unitCostOf(terms, price),
    price,
    packSize,
    minimumQuantity,
    ...(palletSize !== null && { palletSize }),
    ...(maximumQuantity !== null && { maximumQuantity }),
    ...(shelfLifeDays !== null && { shelfLifeDays }),
    ...(!Number.isInteger(packSize) && { isCounted: false }),
  }
}

const linePolicy = ({ maximumCoverDays, ...policy }: Terms): LinePolicy => ({
  ...policy,
  ...(maximumCoverDays !== null && { maximumCoverDays }),
})

function costsOf(terms: Terms, price: number): ReplayCosts {
  const unitCost = unitCostOf(terms, price)
  return {
    holdingPerUnitDay: (unitCost * terms.holdingRatePerYear) / DAYS_A_YEAR,
    lostPerUnit: price * terms.stockOutCostRatio,
    wastePerUnit: unitCost * terms.wasteCostRatio,
    perOrder: 0,
  }
}

const unitCostOf = ({ unitCost, stockOutCostRatio }: Terms, price: number): number =>
  unitCost ?? Math.max(0, price - price * stockOutCostRatio)

/** What was paid last; a unit of a product without a price counts as one. */
function priceOf({ rows }: Trial, row: number): number {
  const { features, values } = rows
  const price = values[row * features.length + features.indexOf('price_last')]!
  return price > 0 && Number.isFinite(price) ? price : 1
}

async function readTerms(pool: Pool, { items }: Trial): Promise<Terms[]> {
  const keys = [items.map(({ storeId }) => storeId), items.map(({ productId }) => productId)]
  return (await pool.query<Terms>(statement('registry/decision_terms.sql'), keys)).rows
}
