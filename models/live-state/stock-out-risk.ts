/**
 * How probable it is that a shelf does not last until it can be filled again, for how long it lasts, and what that costs.
 *
 * The demand of a day is Poisson around the day's own level, and the level of a day varies around one like a gamma variable
 * of shape `size`: together a negative binomial (Greenwood & Yule 1920). What has sold today shows today's level: the
 * gamma distribution is conjugate, so the demand of the rest of today is negative binomial again, of size + units sold, around
 * the usual rate times (size + sold) / (size + expected) (Gelman et al. 2013, Bayesian Data Analysis, 2.6). It shows nothing
 * of tomorrow, whose level is another.
 */
import { gammaPrior, normalPrior, shrink, shrinkEstimate } from '../statistics/empirical-bayes.ts'
import { expectedAbove, tailAbove } from '../statistics/negative-binomial.ts'

export const HOURS_A_WEEK = 168
const HOURS_A_DAY = 24

/** The demand of a store × product from its history. */
export interface UsualDemand {
  unitsPerDay: number
  /** 1 / size of the distribution of a day: 0 for a Poisson distribution. */
  inverseSize: number
}

/** Running sum of a usual week's demand in days' worth, by hour of the week from Monday 00:00 on: 169 values, 0 to 7. */
export type WeekPattern = Float64Array

/** A shelf at an instant. */
export interface ShelfPosition {
  /** Units, at most what the system has; 0 or less is empty. */
  onHand: number
  /** Probability that the stock that the system has can be bought. */
  pAvailable: number
  demand: UsualDemand
  pattern: WeekPattern
  /** Sold today up to now, and how many of those were to be expected: in days' worth of usual demand. */
  soldToday: number
  elapsedDays: number
  /** Hours since Monday 00:00 on the store's clock, fractions included. */
  hourOfWeek: number
  /** Until the next delivery that is possible. */
  horizonHours: number
  /** What one lost unit costs: margin, or price where no cost is known. Null: not known. */
  unitValue: number | null
}

export interface StockOutRisk {
  /** That demand until the next possible delivery exceeds what can be bought. */
  probability: number
  /** Hours after which as likely as not the shelf is empty; at most `COVER_HOURS_MAX`. */
  hoursOfCover: number
  expectedLostUnits: number
  moneyAtRisk: number | null
}

/** Beyond four weeks cover is no concern of the shelf's. */
export const COVER_HOURS_MAX = 672

/** Beyond it a negative binomial is a Poisson distribution, to the digits that matter. */
const SIZE_MAX = 1e6

export function stockOutRisk(position: ShelfPosition): StockOutRisk {
  const onHand = Math.max(0, position.onHand)
  const { mean, size } = demandWithin(position, position.horizonHours)
  const pAvailable = onHand > 0 ? position.pAvailable : 1
  const someDemand = pAvailable < 1 ? tailAbove(0, mean, size) : 0
  const probability = pAvailable * tailAbove(onHand, mean, size) + (1 - pAvailable) * someDemand
  const expectedLostUnits = pAvailable * expectedAbove(onHand, mean, size) + (1 - pAvailable) * mean
  return {
    probability,
    hoursOfCover: hoursOfCover(position, onHand),
    expectedLostUnits,
    moneyAtRisk: position.unitValue === null ? null : expectedLostUnits * position.unitValue,
  }
}

/**
 * Demand of the coming hours as a negative binomial: the rest of today around today's level, the days after it each around a
 * level of its own. Days differ independently of each other, so that means and variances add up; the size of the sum is the
 * one with their variance: variance − mean = mean² / size.
 */
export function demandWithin(position: ShelfPosition, hours: number): { mean: number; size: number } {
  const { demand, pattern, soldToday, elapsedDays, hourOfWeek } = position
  const { unitsPerDay } = demand
  const size = Math.min(SIZE_MAX, 1 / Math.max(demand.inverseSize, 1 / SIZE_MAX))
  const sizeToday = size + Math.max(0, soldToday)
  const hoursToday = Math.min(hours, HOURS_A_DAY - (hourOfWeek % HOURS_A_DAY))
  const level = sizeToday / (size + unitsPerDay * elapsedDays)
  let mean = unitsPerDay * daysOfDemand(pattern, hourOfWeek, hoursToday) * level
  let beyondPoisson = mean ** 2 / sizeToday
  for (let from = hoursToday; from < hours; from += HOURS_A_DAY) {
    const day = unitsPerDay * daysOfDemand(pattern, hourOfWeek + from, Math.min(HOURS_A_DAY, hours - from))
    mean += day
    beyondPoisson += day ** 2 / size
  }
  return { mean, size: beyondPoisson > 0 ? Math.min(SIZE_MAX, mean ** 2 / beyondPoisson) : size }
}

/** The first hour, to a tenth, by whose end demand exceeds the stock with a probability of one half. */
function hoursOfCover(position: ShelfPosition, onHand: number): number {
  if (onHand <= 0) return 0
  const isGone = (hours: number): boolean => {
    const { mean, size } = demandWithin(position, hours)
    // The median of a negative binomial is not above its mean: no need to look closer as long as less is expected.
    return mean >= onHand && tailAbove(onHand - 1, mean, size) >= 0.5
  }
  if (!isGone(COVER_HOURS_MAX)) return COVER_HOURS_MAX
  let low = 0
  let high = COVER_HOURS_MAX
  while (high - low > 0.1) {
    const middle = (low + high) / 2
    if (isGone(middle)) high = middle
    else low = middle
  }
  return high
}

/**
 * @param units sold by hour of the week, Monday 00:00 first; of a group of products, so that every hour has some
 * @throws RangeError unless there are 168
 */
export function weekPattern(units: ArrayLike<number>): WeekPattern {
  if (units.length !== HOURS_A_WEEK)
    throw new RangeError(`week pattern: ${units.length} hours, must be ${HOURS_A_WEEK}`)
  const running = new Float64Array(HOURS_A_WEEK + 1)
  for (let hour = 0; hour < HOURS_A_WEEK; hour += 1) running[hour + 1] = running[hour]! + Math.max(0, units[hour]!)
  const all = running[HOURS_A_WEEK]!
  // Of a group that never sold nothing is known about its hours: all alike.
  return running.map((sum, hour) => (all > 0 ? (7 * sum) / all : hour / 24))
}

/**
 * The pattern of a group within a store: each hour moved towards the store's own pattern as far as the group's hours are
 * too thin to show it.
 *
 * @param units sold by hour of the week, Monday 00:00 first, of the group and of the whole store
 */
export function groupPattern(units: ArrayLike<number>, storeUnits: ArrayLike<number>): WeekPattern {
  const share = sum(units) / sum(storeUnits)
  if (!(share > 0)) return weekPattern(storeUnits)
  const usual = Float64Array.from(storeUnits, (value) => value * share)
  const prior = gammaPrior(units, usual)
  return weekPattern(usual.map((value, hour) => value * shrink(prior, units[hour]!, value)))
}

function sum(values: ArrayLike<number>): number {
  let total = 0
  for (let index = 0; index < values.length; index += 1) total += values[index]!
  return total
}

/** Days' worth of usual demand in this many hours from an hour of the week on. */
export function daysOfDemand(pattern: WeekPattern, hourOfWeek: number, hours: number): number {
  return runningDays(pattern, hourOfWeek + hours) - runningDays(pattern, hourOfWeek)
}

function runningDays(pattern: WeekPattern, hour: number): number {
  const weeks = Math.floor(hour / HOURS_A_WEEK)
  const within = hour - weeks * HOURS_A_WEEK
  const whole = Math.min(Math.floor(within), HOURS_A_WEEK - 1)
  return 7 * weeks + pattern[whole]! + (within - whole) * (pattern[whole + 1]! - pattern[whole]!)
}

/** Daily sales of one product in the store. */
export interface DailySales {
  /** Products of one group are alike: a category. */
  group: string
  /** By day. */
  units: ArrayLike<number>
  /** By day: how much of a usual day's demand could have been met, in days; 1 is a usual day without a stock-out. */
  exposure: ArrayLike<number>
}

/**
 * Usual demand of the products of a store: units over exposure, which is not biased by the stock-outs that sales cause
 * (decision 0061). The rate is shrunk to the mean of the product's group, the dispersion to the one of the store, each as
 * far as the history is too thin to show more.
 *
 * Size by the method of moments: variance − mean = mean² / size (Anscombe 1950, Biometrika 37, p. 362); the error of the
 * estimate is that of a variance, 2 / days × (variance / mean²)².
 */
export function usualDemands(products: readonly DailySales[]): UsualDemand[] {
  const moments = products.map(momentsOf)
  const dispersions = dispersionsOf(moments)
  const priors = new Map(
    Array.from(
      Map.groupBy(moments, ({ group }) => group),
      ([group, members]) => [
        group,
        gammaPrior(
          members.map(({ units }) => units),
          members.map(({ exposure }) => exposure),
          varianceToMean(members),
        ),
      ],
    ),
  )
  return moments.map(({ group, units, exposure }, index) => ({
    unitsPerDay: Math.max(0, shrink(priors.get(group)!, units, exposure)),
    inverseSize: dispersions[index]!,
  }))
}

interface Moments {
  group: string
  units: number
  exposure: number
  squaredExposure: number
  /** As many whole days would show as much (Kish 1965, Survey Sampling, 11.7). */
  days: number
  /** Squared distances from what the exposure lets expect, as of a sample. */
  squares: number
}

function momentsOf({ group, units, exposure }: DailySales): Moments {
  const [sold, exposed, squaredExposure] = [sum(units), sum(exposure), sumOfSquares(exposure)]
  const rate = exposed > 0 ? sold / exposed : 0
  const days = squaredExposure > 0 ? exposed ** 2 / squaredExposure : 0
  const squares = sumOfSquares(Array.from(units, (count, day) => count - rate * exposure[day]!))
  return {
    group,
    units: sold,
    exposure: exposed,
    squaredExposure,
    days,
    squares: days > 1 ? (squares * days) / (days - 1) : 0,
  }
}

/** Fewer days do not show how days differ. The sum of two whole ones may be a little less by rounding. */
const DAYS_MIN = 2 - 1e-9

function dispersionsOf(products: readonly Moments[]): number[] {
  const estimates = products.map(({ units, exposure, squaredExposure, squares, days }) => {
    const rate = units / exposure
    if (!(rate > 0) || days < DAYS_MIN) return undefined
    const variance = squares / squaredExposure
    const poisson = units / squaredExposure
    const error = (2 / (days - 1)) * (Math.max(variance, poisson) / rate ** 2) ** 2
    return { value: (variance - poisson) / rate ** 2, error }
  })
  const known = estimates.filter((estimate) => estimate !== undefined)
  const prior = normalPrior(
    known.map(({ value }) => value),
    known.map(({ error }) => error),
  )
  return estimates.map((estimate) =>
    Math.max(0, estimate ? shrinkEstimate(prior, estimate.value, estimate.error) : prior.mean),
  )
}

/** Of a day. */
function varianceToMean(products: readonly Moments[]): number {
  let variances = 0
  let means = 0
  for (const { units, squares, days } of products) {
    if (days < DAYS_MIN) continue
    variances += squares / days
    means += units / days
  }
  return means > 0 ? Math.max(1, variances / means) : 1
}

function sumOfSquares(values: ArrayLike<number>): number {
  let total = 0
  for (let index = 0; index < values.length; index += 1) total += values[index]! ** 2
  return total
}
