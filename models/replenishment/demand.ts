/**
 * Demand over days to come, as a distribution. Each day has a mean and a variance; of several days the means add up, and
 * the errors of any two days are correlated alike, for a forecast that is too low on Monday is too low on Tuesday:
 * Var = (1 − ρ) Σσ² + ρ (Σσ)². Counted goods are then negative binomial, others gamma, of that mean and variance.
 */
import { countedDemand, type Distribution, measuredDemand, mixture } from './distribution.ts'
import type { LeadTime } from './lead-time.ts'

/** A day's demand: the mean, and how far it may be off. Units. */
export interface DayDemand {
  mean: number
  /** Of the demand around the mean; left out: Poisson's. */
  variance?: number
}

/** A forecast, day by day, from the day of the review on. */
export interface ForecastDemand {
  kind: 'forecast'
  days: readonly DayDemand[]
  /** Correlation between the errors of any two days, 0 to 1. Left out: `DEPENDENCE_DEFAULT`. */
  dependence?: number
  /** Where it comes from, for people: e.g. 'demand@3 of 2024-05-01'. */
  source: string
}

/** A usual rate, where no forecast exists: demand that is negative binomial around it. */
export interface RateDemand {
  kind: 'rate'
  unitsPerDay: number
  /** 1 / size of a day's negative binomial distribution; 0 for Poisson. */
  inverseSize: number
  /** Share of `unitsPerDay` by day, of seven from the review on, again and again. Left out: all alike. */
  week?: readonly number[]
  source: string
}

export type DemandKnown = ForecastDemand | RateDemand

/** Where it was not learned from past forecasts. */
export const DEPENDENCE_DEFAULT = 0.1

/** More days than any order covers. */
export const HORIZON_DAYS_MAX = 730

/** Running sums over the days from the review on: index n is the first n days. */
export interface DemandPath {
  isCounted: boolean
  dependence: number
  mean: Float64Array
  variance: Float64Array
  deviation: Float64Array
  /** Days that the forecast itself has; the ones behind them repeat its last week. Undefined for a rate. */
  forecastDays: number | undefined
}

/**
 * @param days how far to look
 * @throws RangeError naming the day and the value that is not a demand
 */
export function demandPath(known: DemandKnown, days: number, isCounted: boolean): DemandPath {
  const path: DemandPath = {
    isCounted,
    dependence: known.kind === 'forecast' ? (known.dependence ?? DEPENDENCE_DEFAULT) : 0,
    mean: new Float64Array(days + 1),
    variance: new Float64Array(days + 1),
    deviation: new Float64Array(days + 1),
    forecastDays: known.kind === 'forecast' ? known.days.length : undefined,
  }
  const dayOf = known.kind === 'forecast' ? forecastDay(known, isCounted) : rateDay(known)
  for (let day = 0; day < days; day += 1) {
    const { mean, variance } = dayOf(day)
    path.mean[day + 1] = path.mean[day]! + mean
    path.variance[day + 1] = path.variance[day]! + variance
    path.deviation[day + 1] = path.deviation[day]! + Math.sqrt(variance)
  }
  return path
}

type Moments = { mean: number; variance: number }

function rateDay({ unitsPerDay, inverseSize, week = [1] }: RateDemand): (day: number) => Moments {
  notNegative('units per day', unitsPerDay)
  notNegative('inverse size', inverseSize)
  const moments = week.map((share, day) => {
    notNegative(`share of day ${day}`, share)
    const mean = unitsPerDay * share
    return { mean, variance: mean + mean ** 2 * inverseSize }
  })
  return (day) => moments[day % moments.length]!
}

function forecastDay(known: ForecastDemand, isCounted: boolean): (day: number) => Moments {
  const { days, dependence = DEPENDENCE_DEFAULT } = known
  if (days.length === 0) throw new RangeError('the forecast has no days: omit it, or use a rate')
  if (!(dependence >= 0 && dependence <= 1)) throw new RangeError(`dependence is ${dependence}: must be 0 to 1`)
  const moments = days.map((day, index) => momentsOf(day, index, isCounted))
  return (day) => moments[day < moments.length ? day : repeated(day, moments.length)]!
}

/** The same weekday of the forecast's last week; of a shorter forecast any day of it. */
const repeated = (day: number, known: number): number => {
  const season = Math.min(7, known)
  return known - season + ((day - known) % season)
}

function momentsOf({ mean, variance = mean }: DayDemand, index: number, isCounted: boolean): Moments {
  notNegative(`mean of forecast day ${index}`, mean)
  notNegative(`variance of forecast day ${index}`, variance)
  // Of counts the variance is at least Poisson's; a goods' weight may be certain.
  return { mean, variance: Math.max(isCounted ? mean : 0, variance) }
}

/** Demand of the first `days` days. */
export function demandOver(path: DemandPath, days: number): Distribution {
  const mean = path.mean[days]!
  const variance = (1 - path.dependence) * path.variance[days]! + path.dependence * path.deviation[days]! ** 2
  return path.isCounted ? countedDemand(mean, variance) : measuredDemand(mean, variance)
}

/** Demand from the review until this many days after a delivery: one part for each lead time that may be. */
export function demandUntil(path: DemandPath, leadTime: LeadTime, daysAfter: number): Distribution {
  return mixture(
    leadTime.days.map((days) => demandOver(path, days + daysAfter)),
    leadTime.probabilities,
  )
}

/**
 * Demand on a day on which no more than `sold` could be bought: the mean of a negative binomial demand, given
 * that it is at least that.
 *
 * @param mean what is usual on such a day
 * @param inverseSize 1 / size; 0 for Poisson
 */
export function uncensored(sold: number, mean: number, inverseSize: number): number {
  if (!(mean > 0)) return sold
  const demand = countedDemand(mean, mean + mean ** 2 * inverseSize)
  const atLeast = demand.tailAbove(Math.ceil(sold) - 1)
  // So far out in the tail, what was sold is all that is known.
  if (atLeast < 1e-9) return sold
  return sold + demand.expectedAbove(sold) / atLeast
}

function notNegative(name: string, value: number): void {
  if (value >= 0 && Number.isFinite(value)) return
  throw new RangeError(`${name} is ${value}: must be a number, 0 or more`)
}
