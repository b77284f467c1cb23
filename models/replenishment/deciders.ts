/** Policies as deciders of a replay: the order line's own decision, and the textbook's (s, S) on a moving average. */
import type { DayDemand } from './demand.ts'
import type { LeadTime } from './lead-time.ts'
import type { LinePolicy, LineTerms, OrderLineInput } from './order-line.ts'
import { prepareLine } from './prepare-line.ts'
import type { Decider, Review } from './replay.ts'
import { settle } from './settle.ts'

export interface LineSetting {
  line: string
  leadTime: LeadTime
  /** Days until the next review; by day, undefined on days without one, where they are not alike. */
  reviewDays: number | ((day: number) => number | undefined)
  terms: LineTerms
  policy: LinePolicy
  /** Correlation between the errors of any two days. */
  dependence?: number
}

/** What is expected on a day of the days from it on, at most as many; undefined: nothing is known. */
export interface ForecastSource {
  from(day: number, days: number): DayDemand[] | undefined
}

/** Decides as an order line is decided, from a new forecast at each review. */
export function lineDecider(setting: LineSetting, forecast: ForecastSource): Decider {
  const { leadTime, terms, policy, dependence = 0 } = setting
  return (review) => {
    const reviewDays = typeof setting.reviewDays === 'number' ? setting.reviewDays : setting.reviewDays(review.day)
    if (reviewDays === undefined) return 0
    const days = leadTime.days.at(-1)! + Math.max(reviewDays, terms.shelfLifeDays ?? 0, policy.maximumCoverDays ?? 0)
    const expected = forecast.from(review.day, days)
    if (expected === undefined) return 0
    const input: OrderLineInput = {
      ...setting,
      reviewDays,
      position: positionOf(review),
      demand: { kind: 'forecast', days: expected, dependence, source: 'replay' },
    }
    const line = prepareLine(input)
    return line === undefined ? 0 : settle(line).packs * terms.packSize
  }
}

function positionOf({ day, onHand, onOrder, expiring, arriving }: Readonly<Review>): OrderLineInput['position'] {
  const coming: { quantity: number; inDays: number }[] = []
  let left = onOrder
  for (let on = day + 1; left > 1e-9 && on < arriving.length; on += 1) {
    const quantity = arriving[on]!
    if (quantity === 0) continue
    coming.push({ quantity, inDays: on - day })
    left -= quantity
  }
  const lots: { quantity: number; daysLeft: number }[] = []
  if (expiring !== undefined) {
    for (let on = day; on < expiring.length; on += 1) {
      if (expiring[on]! > 0) lots.push({ quantity: expiring[on]!, daysLeft: on - day + 1 })
    }
  }
  return { onHand, availability: 1, reserved: 0, onOrder, arriving: coming, lots }
}

export interface MovingAverageReorder {
  /** Days of the moving average. */
  windowDays: number
  /** Standard deviations of safety. */
  serviceFactor: number
  /** Units between s and S for a mean daily demand. */
  lot: (unitsPerDay: number) => number
}

/**
 * The textbook's (s, S): s is mean demand over lead time and review plus safety, both from the last days (Silver, Pyke &
 * Thomas 2017, Inventory and Production Management in Supply Chains, 7.6).
 *
 * @param demand units by day; only days before the review are read
 */
export function movingAverageReorder(
  demand: ArrayLike<number>,
  protectionDays: number,
  { windowDays, serviceFactor, lot }: MovingAverageReorder,
): Decider {
  return ({ day, onHand, onOrder }) => {
    const days = Math.min(windowDays, day)
    if (days === 0) return 0
    let sum = 0
    let squares = 0
    for (let before = day - days; before < day; before += 1) {
      sum += demand[before]!
      squares += demand[before]! ** 2
    }
    const mean = sum / days
    const deviation = Math.sqrt(Math.max(0, squares / days - mean ** 2))
    const s = mean * protectionDays + serviceFactor * deviation * Math.sqrt(protectionDays)
    const position = onHand + onOrder
    return position < s ? s + lot(mean) - position : 0
  }
}
