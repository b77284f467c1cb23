/** Past demand ordered again under several policies, series by series, and the result. */
import { abcClasses, xyzClass } from '../forecasting/baselines.ts'
import { seeded } from '../statistics/random.ts'
import { lineDecider, type MovingAverageReorder, movingAverageReorder } from './deciders.ts'
import { uncensored } from './demand.ts'
import { type LeadTime, meanLeadTime } from './lead-time.ts'
import type { LinePolicy, LineTerms } from './order-line.ts'
import { type Decider, type ReplayCosts, replay } from './replay.ts'
import { RunningForecast } from './running-forecast.ts'

/** A store × product, from the first day of its history to the last day that is measured. */
export interface BacktestSeries {
  name: string
  /** Units sold by day. */
  sold: Float64Array
  /** 1 on days on which it ran out: demand may have been higher. */
  ranOut: Uint8Array
  /** Expected demand over the mean day's, by day. */
  factors: Float64Array
  leadTime: LeadTime
  terms: LineTerms & { price: number }
  policy: LinePolicy
  reviewDays: number
}

export interface BacktestPolicy {
  name: string
  /** What takes the place of the series' own policy. Costs stay the same, or nothing could be compared. */
  changes: Partial<Pick<LinePolicy, 'method' | 'serviceMeasure' | 'serviceTarget'> & { reviewDays: number }>
  /** Ordered by the textbook's (s, S) on a moving average instead. */
  movingAverage?: Omit<MovingAverageReorder, 'lot'>
}

/** Sums over days; money and units. They add up over series. */
export interface Outcome {
  cost: number
  holding: number
  lostMargin: number
  waste: number
  ordering: number
  demand: number
  sold: number
  received: number
  wasted: number
  orders: number
  stockOutDays: number
  days: number
}

export interface SeriesOutcome {
  /** By policy, in the order given. */
  outcomes: Outcome[]
  /** What customers paid in the measured days, by the mean price. */
  revenue: number
  /** Of its weekly demand: X is regular, Z is not. */
  xyz: 'X' | 'Y' | 'Z'
}

/**
 * Replays one series under each policy. All of them meet the same demand (censored days raised to what was probably
 * asked for) and the same deliveries, late by the same draw, and know no day before it is over.
 *
 * @param measuredFrom the first measured day; the days before it are history
 */
export function backtestSeries(
  series: BacktestSeries,
  policies: readonly BacktestPolicy[],
  measuredFrom: number,
  seed: number,
): SeriesOutcome {
  const demand = uncensoredDemand(series)
  const leadTimeDays = drawLeadTimes(series.leadTime, demand.length, seed)
  const outcomes = policies.map((policy) => outcomeOf(series, demand, leadTimeDays, policy, measuredFrom))
  const measured = demand.subarray(measuredFrom)
  return {
    outcomes,
    revenue: series.terms.price * measured.reduce((sum, units) => sum + units, 0),
    xyz: xyzClass(weekly(measured)),
  }
}

/** Days on which it ran out are raised to what a forecast from the days before expected beyond what was sold. */
function uncensoredDemand({ sold, ranOut, factors }: BacktestSeries): Float64Array {
  const demand = sold.slice()
  const forecast = new RunningForecast(demand, factors)
  for (let day = 0; day < demand.length; day += 1) {
    if (ranOut[day] === 0) continue
    const { mean, variance } = forecast.from(day, 1)[0]!
    const inverseSize = mean > 0 ? Math.max(0, variance! - mean) / mean ** 2 : 0
    demand[day] = uncensored(sold[day]!, mean, inverseSize)
  }
  return demand
}

function drawLeadTimes({ days, probabilities }: LeadTime, count: number, seed: number): Uint16Array {
  const random = seeded(seed)
  return Uint16Array.from({ length: count }, () => {
    let left = random()
    const index = probabilities.findIndex((share) => {
      left -= share
      return left < 0
    })
    return days.at(index)!
  })
}

const DAYS_A_YEAR = 365
const OPENING_DAYS = 7

function outcomeOf(
  series: BacktestSeries,
  demand: Float64Array,
  leadTimeDays: Uint16Array,
  { changes, movingAverage }: BacktestPolicy,
  measuredFrom: number,
): Outcome {
  const { terms } = series
  const { reviewDays: changedReview, ...changed } = changes
  const reviewDays = changedReview ?? series.reviewDays
  const policy: LinePolicy = { ...series.policy, ...changed }
  if (policy.maximumCoverDays !== undefined) policy.maximumCoverDays = Math.max(policy.maximumCoverDays, reviewDays)
  const costs: ReplayCosts = {
    holdingPerUnitDay: (terms.unitCost * policy.holdingRatePerYear) / DAYS_A_YEAR,
    lostPerUnit: terms.price * policy.stockOutCostRatio,
    wastePerUnit: terms.unitCost * policy.wasteCostRatio,
    perOrder: policy.orderingCost,
  }
  const decide = movingAverage
    ? textbookDecider(series, demand, reviewDays, movingAverage, costs)
    : lineDecider({ ...series, line: series.name, reviewDays, policy }, new RunningForecast(demand, series.factors))
  const openingStock = Math.ceil(demand.subarray(0, OPENING_DAYS).reduce((sum, units) => sum + units, 0))
  const replayed = replay(demand, { ...terms, reviewDays, leadTimeDays }, costs, decide, { openingStock, measuredFrom })
  const { holding, lost, waste, ordering, total } = replayed.costs
  const { sold, received, wasted, orders, stockOutDays, days } = replayed
  return {
    cost: total,
    holding,
    lostMargin: lost,
    waste,
    ordering,
    demand: replayed.demand,
    sold,
    received,
    wasted,
    orders,
    stockOutDays,
    days,
  }
}

/** Lots of Harris's economic order quantity, where an order costs something; never more than sells before it expires. */
function textbookDecider(
  { leadTime, terms }: BacktestSeries,
  demand: Float64Array,
  reviewDays: number,
  movingAverage: Omit<MovingAverageReorder, 'lot'>,
  { perOrder, holdingPerUnitDay }: ReplayCosts,
): Decider {
  const spareDays = Math.max(0, (terms.shelfLifeDays ?? Number.POSITIVE_INFINITY) - meanLeadTime(leadTime) - reviewDays)
  const lot = (unitsPerDay: number): number => {
    if (!(perOrder > 0 && holdingPerUnitDay > 0 && unitsPerDay > 0)) return 0
    return Math.min(Math.sqrt((2 * perOrder * unitsPerDay) / holdingPerUnitDay), unitsPerDay * spareDays)
  }
  return movingAverageReorder(demand, meanLeadTime(leadTime) + reviewDays, { ...movingAverage, lot })
}

function weekly(demand: Float64Array): Float64Array {
  const weeks = new Float64Array(Math.max(1, Math.floor(demand.length / 7)))
  for (let day = 0; day < Math.min(demand.length, weeks.length * 7); day += 1)
    weeks[Math.floor(day / 7)]! += demand[day]!
  return weeks
}

/** Between these lie 95 of 100 bootstrap draws. */
export interface Interval {
  low: number
  high: number
}

export interface PolicyReport extends Outcome {
  policy: string
  fillRate: number | null
  /** Wasted over received. */
  wasteShare: number | null
  fillRateInterval: Interval | null
  costInterval: Interval
  /** Cost over that of the first policy, on the same draws. */
  costRatio: number | null
  costRatioInterval: Interval | null
}

export interface SegmentReport {
  /** 'all', or ABC by revenue and XYZ by regularity together: 'AX'. */
  segment: string
  series: number
  policies: PolicyReport[]
}

const DRAWS = 500
const OUTCOME_KEYS = [
  ...(['cost', 'holding', 'lostMargin', 'waste', 'ordering', 'demand'] as const),
  ...(['sold', 'received', 'wasted', 'orders', 'stockOutDays', 'days'] as const),
]

/** All series together, then by ABC and XYZ class, with intervals by a paired bootstrap over series (Efron 1979). */
export function summarise(
  series: readonly SeriesOutcome[],
  policies: readonly BacktestPolicy[],
  seed: number,
): SegmentReport[] {
  const abc = abcClasses(series.map(({ revenue }) => revenue))
  const bySegment = Map.groupBy(series.keys(), (index) => `${abc[index]}${series[index]!.xyz}`)
  const segments = [...bySegment].sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    { segment: 'all', series: series.length, policies: reportsOf(series, policies, seed) },
    ...segments.map(([segment, indexes]) => ({
      segment,
      series: indexes.length,
      policies: reportsOf(
        indexes.map((index) => series[index]!),
        policies,
        seed,
      ),
    })),
  ]
}

function reportsOf(
  series: readonly SeriesOutcome[],
  policies: readonly BacktestPolicy[],
  seed: number,
): PolicyReport[] {
  const random = seeded(seed)
  const draws = policies.map(() => ({
    cost: new Float64Array(DRAWS),
    fill: new Float64Array(DRAWS),
    ratio: new Float64Array(DRAWS),
  }))
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const sums = policies.map(() => ({ cost: 0, demand: 0, sold: 0 }))
    for (let drawn = 0; drawn < series.length; drawn += 1) {
      const { outcomes } = series[Math.floor(random() * series.length)]!
      for (const [policy, { cost, demand, sold }] of outcomes.entries()) {
        const sum = sums[policy]!
        sum.cost += cost
        sum.demand += demand
        sum.sold += sold
      }
    }
    for (const [policy, { cost, demand, sold }] of sums.entries()) {
      draws[policy]!.cost[draw] = cost
      draws[policy]!.fill[draw] = sold / demand
      draws[policy]!.ratio[draw] = cost / sums[0]!.cost
    }
  }
  const totals = policies.map((_, policy) => totalOf(series.map(({ outcomes }) => outcomes[policy]!)))
  return policies.map(({ name }, index) => {
    const total = totals[index]!
    const { cost, fill, ratio } = draws[index]!
    return {
      policy: name,
      ...total,
      fillRate: over(total.sold, total.demand),
      wasteShare: over(total.wasted, total.received),
      fillRateInterval: intervalOf(fill),
      costInterval: intervalOf(cost)!,
      costRatio: over(total.cost, totals[0]!.cost),
      costRatioInterval: index === 0 ? null : intervalOf(ratio),
    }
  })
}

function totalOf(outcomes: readonly Outcome[]): Outcome {
  const total = Object.fromEntries(OUTCOME_KEYS.map((key) => [key, 0])) as unknown as Outcome
  for (const outcome of outcomes) for (const key of OUTCOME_KEYS) total[key] += outcome[key]
  return total
}

const over = (above: number, below: number): number | null => (below > 0 ? above / below : null)

/** Null where a draw had nothing to divide by. */
function intervalOf(draws: Float64Array): Interval | null {
  const sorted = draws.slice().sort()
  if (!Number.isFinite(sorted[0]) || !Number.isFinite(sorted.at(-1))) return null
  return { low: sorted[Math.floor(0.025 * DRAWS)]!, high: sorted[Math.floor(0.975 * DRAWS)]! }
}
