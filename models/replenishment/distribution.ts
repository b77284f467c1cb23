/**
 * Distributions of demand, as an order needs them: the probability of more than x, the units expected beyond x, and the
 * least x that suffices. Gamma and normal functions are those of the Cephes library (Moshier 1989, Methods and Programs
 * for Mathematical Functions).
 */
import { compiled, igam, igamc, ndtr, ndtri } from 'cephes'
import {
  tailAbove as binomialAbove,
  expectedAbove as binomialExpectedAbove,
  logGamma,
} from '../statistics/negative-binomial.ts'

// Cephes is WebAssembly, which is compiled once.
await compiled

export interface Distribution {
  mean: number
  variance: number
  /** Only whole units occur. */
  isCounted: boolean
  /** P(X > x), for any x. */
  tailAbove(x: number): number
  /** E[max(0, X − x)], for any x. */
  expectedAbove(x: number): number
}

/** Above it a negative binomial is a Poisson distribution, to the digits that matter. */
const SIZE_MAX = 1e6

/**
 * Demand in whole units: negative binomial, or Poisson where it varies no more than that. Counts can't well vary less, so
 * the variance is at least the mean.
 */
export function countedDemand(mean: number, variance: number): Distribution {
  if (mean <= 0) return certainDemand(0, true)
  const size = mean ** 2 / Math.max(variance - mean, 0)
  if (!(size < SIZE_MAX)) return poissonDemand(mean)
  return {
    mean,
    variance,
    isCounted: true,
    tailAbove: (x) => binomialAbove(x, mean, size),
    expectedAbove: (x) => (x < 0 ? mean - x : binomialExpectedAbove(x, mean, size)),
  }
}

export function poissonDemand(mean: number): Distribution {
  // P(X > k) is the regularised incomplete gamma function P(k + 1, mean), and E[X; X > k] = mean · P(X > k − 1).
  const above = (whole: number): number => (whole < 0 ? 1 : gammaBelow(whole + 1, mean))
  return {
    mean,
    variance: mean,
    isCounted: true,
    tailAbove: (x) => above(Math.floor(x)),
    expectedAbove: (x) => {
      if (x < 0) return mean - x
      const whole = Math.floor(x)
      return Math.max(0, mean * above(whole - 1) - x * above(whole))
    },
  }
}

/** Demand by weight or volume: gamma; without variance just its mean. */
export function measuredDemand(mean: number, variance: number): Distribution {
  if (mean <= 0 || variance <= 0) return certainDemand(Math.max(0, mean), false)
  const shape = mean ** 2 / variance
  const scale = variance / mean
  const tailAbove = (x: number): number => (x <= 0 ? 1 : gammaAbove(shape, x / scale))
  return {
    mean,
    variance,
    isCounted: false,
    tailAbove,
    expectedAbove: (x) => (x <= 0 ? mean - x : Math.max(0, mean * gammaAbove(shape + 1, x / scale) - x * tailAbove(x))),
  }
}

/** Where the density is below it Cephes reports an underflow: the tail is 0 there, or all but 0 is in it. */
const LOG_DENSITY_MIN = -700

const isFarOut = (shape: number, x: number): boolean => shape * Math.log(x) - x - logGamma(shape) < LOG_DENSITY_MIN
const gammaAbove = (shape: number, x: number): number => (isFarOut(shape, x) ? Number(x < shape) : igamc(shape, x))
const gammaBelow = (shape: number, x: number): number => (isFarOut(shape, x) ? Number(x > shape) : igam(shape, x))

/** The textbooks' demand: below zero, too, if the standard deviation allows. */
export function normalDemand(mean: number, standardDeviation: number): Distribution {
  const density = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
  return {
    mean,
    variance: standardDeviation ** 2,
    isCounted: false,
    tailAbove: (x) => ndtr((mean - x) / standardDeviation),
    expectedAbove: (x) => {
      const z = (x - mean) / standardDeviation
      return standardDeviation * (density(z) - z * ndtr(-z))
    },
  }
}

function certainDemand(units: number, isCounted: boolean): Distribution {
  return {
    mean: units,
    variance: 0,
    isCounted,
    tailAbove: (x) => (x < units ? 1 : 0),
    expectedAbove: (x) => Math.max(0, units - x),
  }
}

/**
 * One of several, by chance: e.g. the demand until a delivery whose day is not known.
 *
 * @param weights one a part, summing to 1
 */
export function mixture(parts: readonly Distribution[], weights: readonly number[]): Distribution {
  if (parts.length === 1) return parts[0]!
  const over = (value: (part: Distribution) => number): number => {
    let sum = 0
    for (let index = 0; index < parts.length; index += 1) sum += weights[index]! * value(parts[index]!)
    return sum
  }
  const mean = over((part) => part.mean)
  return {
    mean,
    variance: over((part) => part.variance + (part.mean - mean) ** 2),
    isCounted: parts.every((part) => part.isCounted),
    tailAbove: (x) => over((part) => part.tailAbove(x)),
    expectedAbove: (x) => over((part) => part.expectedAbove(x)),
  }
}

/** The standard normal quantile. */
export const normalQuantile = (level: number): number => ndtri(level)

/** What a level is found to where any amount will do: a share of the standard deviation. */
const MEASURED_PRECISION = 1e-12

/** Doubling steps: far beyond any demand. */
const TRIES_MAX = 64

/**
 * The least x (whole when demand is) of which `isEnough`, which is false up to some x and true from there on; never below
 * `lowest`.
 */
export function leastLevel(
  demand: Distribution,
  isEnough: (x: number) => boolean,
  lowest = Number.NEGATIVE_INFINITY,
): number {
  const deviation = Math.max(Math.sqrt(demand.variance), demand.isCounted ? 1 : demand.mean * 1e-6, Number.MIN_VALUE)
  const place = demand.isCounted ? Math.ceil : (x: number) => x
  let step = deviation
  let high = place(Math.max(demand.mean, lowest))
  for (let tries = 0; !isEnough(high); tries += 1) {
    if (tries === TRIES_MAX)
      throw new RangeError(`no level up to ${high} is enough for a mean demand of ${demand.mean}`)
    high = place(high + step)
    step *= 2
  }
  step = deviation
  let low = high
  while (isEnough(low)) {
    if (low <= lowest) return lowest
    high = low
    low = Math.max(lowest, place(low - step))
    step *= 2
  }
  return bisect(low, high, isEnough, demand.isCounted ? 1 : deviation * MEASURED_PRECISION, place)
}

/** `low` is not enough, `high` is. */
function bisect(
  low: number,
  high: number,
  isEnough: (x: number) => boolean,
  precision: number,
  place: (x: number) => number,
): number {
  let [below, above] = [low, high]
  while (above - below > precision) {
    const middle = place((below + above) / 2)
    if (middle <= below || middle >= above) break
    if (isEnough(middle)) above = middle
    else below = middle
  }
  return above
}

/** The least x with P(X ≤ x) ≥ `level`. */
export const quantile = (demand: Distribution, level: number): number =>
  leastLevel(demand, (x) => demand.tailAbove(x) <= 1 - level)

/**
 * The newsvendor's quantity: the least at which one unit more costs more than it saves (Arrow, Harris & Marschak 1951,
 * Econometrica 19(3), p. 250). With the holding cost per period for a period's leftovers and the stock-out cost per unit
 * and period it is the optimal base-stock level, too, of the demand over lead time and review.
 *
 * @param underage cost of a unit too few
 * @param overage cost of a unit too many
 */
export function newsvendor(demand: Distribution, underage: number, overage: number): { level: number; cost: number } {
  const level = quantile(demand, underage / (underage + overage))
  return { level, cost: newsvendorCost(demand, level, underage, overage) }
}

export function newsvendorCost(demand: Distribution, level: number, underage: number, overage: number): number {
  const short = demand.expectedAbove(level)
  return underage * short + overage * (level - demand.mean + short)
}
