/**
 * Learns what `availability.ts` needs by expectation maximisation (Baum et al. 1970; Rabiner 1989): which hours were
 * probably unavailable, then the rates of those that were not, and so on. No record of stock-outs is needed; where a person
 * has looked, that helps. What a series has of its own is shrunk towards what all have in common by as much as the series
 * differ by chance only (`gammaPrior`). Memory is a few numbers an hour of one series at a time, and what comes in.
 */

import { gammaPrior, shrink } from '../statistics/empirical-bayes.ts'
import {
  type AvailabilityModel,
  advance,
  depletionIn,
  expectedInHour,
  HOURS_A_DAY,
  initialAvailability,
  restockIn,
  type SeriesRates,
  salesWhenSold,
} from './availability.ts'

/** Hours of one store × product without a gap. */
export interface SeriesHours {
  /** Series of one group sell at the same hours of the day; for example those of a store. */
  group: number
  /** Hour of the store's clock of the first hour. */
  firstHour: number
  /** By hour: 1 = something was sold. */
  sold: ArrayLike<number>
  /** By hour: foot traffic over the usual one. */
  traffic: ArrayLike<number>
  /** By hour: 1 = counted empty, 0 = counted and not empty, -1 = not counted. */
  countedEmpty?: ArrayLike<number>
  /** By hour: 1 = a person saw that it was there, 0 = that it was not, -1 = no one looked. */
  seenAvailable?: ArrayLike<number>
}

export interface FittedAvailability {
  model: AvailabilityModel
  /** In the order of the series. */
  rates: SeriesRates[]
  /** Mean logarithm of the probability that an hour's sales had before they were seen. */
  logLikelihood: number
  iterations: number
}

/** Where the learning starts; what it ends with hardly depends on it. */
const START = {
  depletion: 0.02,
  restock: 0.1,
  leak: 0.05,
  level: { keptAnHour: 0.5 ** (1 / (7 * HOURS_A_DAY)), priorSales: 4 },
  emptyCount: { available: 0.05, unavailable: 0.7 },
}
/**
 * It starts as if this many hours of every hour of the day, and this many expected sales, had been seen before: a store in which
 * nothing ever ran out must not learn that nothing ever can. Of a store's thousands of hours this is next to nothing.
 */
const HOURS_SEEN_BEFORE = 50
const SALES_SEEN_BEFORE = 50
/** How the recent level may be kept: half-lives in days, and sales that the usual level is worth. */
const HALF_LIVES_DAYS = [1, 2, 4, 8, 16, 64]
const PRIOR_SALES = [1, 4, 16]

/**
 * @param iterationsMax the learning ends earlier when the logarithmic likelihood of an hour gains less than 0.0001
 * @throws RangeError when there is no hour to learn from
 */
export function fitAvailability(series: readonly SeriesHours[], iterationsMax = 30): FittedAvailability {
  if (series.every(({ sold }) => sold.length === 0))
    throw new RangeError('availability: there are no hours to learn from')
  const roughly = iterate(series, start(series), iterationsMax)
  return iterate(series, withBestLevel(series, roughly), iterationsMax)
}

/**
 * Rates of a series that was not learnt from: how much it sells, at the hours at which those sell that were. For the many
 * of a large store, of which a sample is enough to learn the model from.
 */
export function ratesLike(fitted: FittedAvailability, { sold, traffic, firstHour }: SeriesHours): SeriesRates {
  const pattern = new Float64Array(HOURS_A_DAY)
  for (const { expected } of fitted.rates)
    for (let hour = 0; hour < HOURS_A_DAY; hour += 1) pattern[hour]! += expected[hour]!
  const usualAvailable = initialAvailability(fitted.model).available
  let sales = 0
  let exposed = 0
  for (let at = 0; at < sold.length; at += 1) {
    sales += sold[at]!
    exposed += usualAvailable * traffic[at]! * pattern[(firstHour + at) % HOURS_A_DAY]!
  }
  return { expected: pattern.map((rate) => rate * share(sales, exposed, 0)), depletionFactor: 1, restockFactor: 1 }
}

function iterate(series: readonly SeriesHours[], from: FittedAvailability, iterationsMax: number): FittedAvailability {
  let fitted = from
  for (let iteration = 0; iteration < iterationsMax; iteration += 1) {
    const sums = new Sums(series.length)
    series.forEach((each, index) => {
      sums.add(index, each, fitted.model, fitted.rates[index]!)
    })
    const next = maximise(series, sums, fitted)
    const hasSettled = Math.abs(next.logLikelihood - fitted.logLikelihood) < 1e-4
    fitted = next
    if (hasSettled) break
  }
  return fitted
}

function start(series: readonly SeriesHours[]): FittedAvailability {
  const everyHour = (value: number) => new Array<number>(HOURS_A_DAY).fill(value)
  return {
    model: { ...START, depletion: everyHour(START.depletion), restock: everyHour(START.restock) },
    rates: series.map((each) => ({ expected: rateByHour(each), depletionFactor: 1, restockFactor: 1 })),
    logLikelihood: Number.NEGATIVE_INFINITY,
    iterations: 0,
  }
}

/** Sales by hour of the day as if the product had always been available. */
function rateByHour({ sold, traffic, firstHour }: SeriesHours): Float64Array {
  const sales = new Float64Array(HOURS_A_DAY)
  const exposure = new Float64Array(HOURS_A_DAY)
  for (let at = 0; at < sold.length; at += 1) {
    const hour = (firstHour + at) % HOURS_A_DAY
    sales[hour]! += sold[at]!
    exposure[hour]! += traffic[at]!
  }
  return sales.map((value, hour) => (exposure[hour]! > 0 ? value / exposure[hour]! : 0))
}

/** The memory of the level under which what was sold was the least surprise. */
function withBestLevel(series: readonly SeriesHours[], fitted: FittedAvailability): FittedAvailability {
  let best = fitted
  for (const days of HALF_LIVES_DAYS) {
    for (const priorSales of PRIOR_SALES) {
      const model = { ...fitted.model, level: { keptAnHour: 0.5 ** (1 / (days * HOURS_A_DAY)), priorSales } }
      const logLikelihood = likelihoodOfAll(series, model, fitted.rates)
      if (logLikelihood > best.logLikelihood) best = { ...fitted, model, logLikelihood }
    }
  }
  return best
}

function likelihoodOfAll(
  series: readonly SeriesHours[],
  model: AvailabilityModel,
  rates: readonly SeriesRates[],
): number {
  let logLikelihood = 0
  let hours = 0
  series.forEach((each, index) => {
    logLikelihood += forward(each, model, rates[index]!).logLikelihood
    hours += each.sold.length
  })
  return logLikelihood / hours
}

/** By hour what could be known at that hour. `ratio` is P(seen | not available) / P(seen | available). */
function forward(series: SeriesHours, model: AvailabilityModel, rates: SeriesRates) {
  const hours = series.sold.length
  const available = new Float64Array(hours)
  const expected = new Float64Array(hours)
  const ratio = new Float64Array(hours)
  const state = initialAvailability(model)
  let logLikelihood = 0
  for (let at = 0; at < hours; at += 1) {
    const counted = series.countedEmpty?.[at] ?? -1
    const seen = series.seenAvailable?.[at] ?? -1
    const observed = {
      hour: (series.firstHour + at) % HOURS_A_DAY,
      isSold: series.sold[at] === 1,
      traffic: series.traffic[at]!,
      isCountedEmpty: counted < 0 ? undefined : counted === 1,
    }
    expected[at] = expectedInHour(state, model, rates, observed)
    const step = advance(state, model, rates, observed, seen < 0 ? undefined : seen === 1)
    available[at] = state.available
    ratio[at] = step.unavailable / step.available
    logLikelihood += Math.log(step.prior * step.available + (1 - step.prior) * step.unavailable)
  }
  return { available, expected, ratio, logLikelihood }
}

/** What one iteration counts, each hour by the probability of its state with all hours known. */
class Sums {
  logLikelihood = 0
  hours = 0
  /** By hour of the day: hours after an available one and those of them without, and the other way round. */
  readonly available = new Float64Array(HOURS_A_DAY)
  readonly depleted = new Float64Array(HOURS_A_DAY)
  readonly unavailable = new Float64Array(HOURS_A_DAY)
  readonly restocked = new Float64Array(HOURS_A_DAY)
  /** By series: the same, and how many a usual series would have had. */
  readonly depletions: Float64Array
  readonly usualDepletions: Float64Array
  readonly restocks: Float64Array
  readonly usualRestocks: Float64Array
  /** By series and hour of the day, while available: sales, and traffic times recent level. */
  readonly sales: Float64Array
  readonly exposure: Float64Array
  /** While unavailable: sales, and how many there would have been. */
  leaked = 0
  leakable = 0
  readonly counted = { available: 0, unavailable: 0, emptyAvailable: 0, emptyUnavailable: 0 }

  constructor(seriesCount: number) {
    this.depletions = new Float64Array(seriesCount)
    this.usualDepletions = new Float64Array(seriesCount)
    this.restocks = new Float64Array(seriesCount)
    this.usualRestocks = new Float64Array(seriesCount)
    this.sales = new Float64Array(seriesCount * HOURS_A_DAY)
    this.exposure = new Float64Array(seriesCount * HOURS_A_DAY)
  }

  /** Forward, then backward. `later` is P(all later hours | not available) / P(all later hours | available). */
  add(index: number, series: SeriesHours, model: AvailabilityModel, rates: SeriesRates): void {
    const { available, expected, ratio, logLikelihood } = forward(series, model, rates)
    this.logLikelihood += logLikelihood
    this.hours += available.length
    const first = initialAvailability(model).available
    let later = 1
    for (let at = available.length - 1; at >= 0; at -= 1) {
      const hour = (series.firstHour + at) % HOURS_A_DAY
      const depletion = depletionIn(model, rates, hour)
      const restock = restockIn(model, rates, hour)
      const before = at === 0 ? first : available[at - 1]!
      const weight = ratio[at]! * later
      const depleted = before * depletion * weight
      const restocked = (1 - before) * restock
      const stayed = before * (1 - depletion)
      const stayedOut = (1 - before) * (1 - restock) * weight
      const all = depleted + restocked + stayed + stayedOut
      this.addMove(index, hour, (stayed + depleted) / all, depleted / all, restocked / all, model)
      this.addHour(index, hour, series, at, (stayed + restocked) / all, expected[at]!, rates, model.leak)
      later = (restock + (1 - restock) * weight) / (1 - depletion + depletion * weight)
    }
  }

  private addMove(
    index: number,
    hour: number,
    wasAvailable: number,
    depleted: number,
    restocked: number,
    { depletion, restock }: AvailabilityModel,
  ): void {
    this.available[hour]! += wasAvailable
    this.depleted[hour]! += depleted
    this.unavailable[hour]! += 1 - wasAvailable
    this.restocked[hour]! += restocked
    this.depletions[index]! += depleted
    this.usualDepletions[index]! += wasAvailable * depletion[hour]!
    this.restocks[index]! += restocked
    this.usualRestocks[index]! += (1 - wasAvailable) * restock[hour]!
  }

  private addHour(
    index: number,
    hour: number,
    { sold, countedEmpty }: SeriesHours,
    at: number,
    isAvailable: number,
    expected: number,
    rates: SeriesRates,
    leak: number,
  ): void {
    const cell = index * HOURS_A_DAY + hour
    const usual = rates.expected[hour]!
    this.exposure[cell]! += usual > 0 ? (isAvailable * expected) / usual : isAvailable
    this.leakable += (1 - isAvailable) * expected
    if (sold[at] === 1) {
      this.sales[cell]! += isAvailable * salesWhenSold(expected)
      this.leaked += (1 - isAvailable) * salesWhenSold(leak * expected)
    }
    const isEmpty = countedEmpty?.[at] ?? -1
    const wasEmpty = countedEmpty?.[at - 1] ?? -1
    if (isEmpty < 0 || wasEmpty < 0 || isEmpty === wasEmpty) return
    this.counted.available += isAvailable
    this.counted.unavailable += 1 - isAvailable
    this.counted.emptyAvailable += isAvailable * isEmpty
    this.counted.emptyUnavailable += (1 - isAvailable) * isEmpty
  }
}

function maximise(series: readonly SeriesHours[], sums: Sums, before: FittedAvailability): FittedAvailability {
  const { model } = before
  const { counted } = sums
  const byHour = (part: Float64Array, whole: Float64Array, before: number) =>
    Array.from(part, (value, hour) => (value + HOURS_SEEN_BEFORE * before) / (whole[hour]! + HOURS_SEEN_BEFORE))
  const depletionFactors = factors(sums.depletions, sums.usualDepletions)
  const restockFactors = factors(sums.restocks, sums.usualRestocks)
  const expected = expectedSales(series, sums, before)
  return {
    model: {
      depletion: byHour(sums.depleted, sums.available, START.depletion),
      restock: byHour(sums.restocked, sums.unavailable, START.restock),
      // Above one, "not available" would be the state that sells more.
      leak: Math.min(1, (sums.leaked + SALES_SEEN_BEFORE * START.leak) / (sums.leakable + SALES_SEEN_BEFORE)),
      level: model.level,
      emptyCount: {
        available: inside(share(counted.emptyAvailable, counted.available, model.emptyCount.available)),
        unavailable: inside(share(counted.emptyUnavailable, counted.unavailable, model.emptyCount.unavailable)),
      },
    },
    rates: series.map((_, index) => ({
      expected: expected.subarray(index * HOURS_A_DAY, (index + 1) * HOURS_A_DAY),
      depletionFactor: depletionFactors[index]!,
      restockFactor: restockFactors[index]!,
    })),
    logLikelihood: sums.logLikelihood / sums.hours,
    iterations: before.iterations + 1,
  }
}

const share = (part: number, whole: number, fallback: number): number => (whole > 0 ? part / whole : fallback)

/** A count that was never wrong so far may be wrong the next time. */
const inside = (value: number): number => Math.min(1 - 1e-4, Math.max(1e-4, value))

/** How much more often than usual something happened in each series. */
function factors(counts: Float64Array, usual: Float64Array): Float64Array {
  const prior = gammaPrior(counts, usual)
  return counts.map((count, index) => (prior.mean > 0 ? shrink(prior, count, usual[index]!) / prior.mean : 1))
}

/**
 * Sales while available, by series and hour of the day: the series' level times its group's pattern of the day, moved
 * towards what the series itself sold in that hour by as much as the series of a group differ.
 */
function expectedSales(series: readonly SeriesHours[], sums: Sums, before: FittedAvailability): Float64Array {
  const levels = series.map((_, index) => {
    let usual = 0
    let sold = 0
    let exposed = 0
    for (let hour = 0; hour < HOURS_A_DAY; hour += 1) {
      const rate = before.rates[index]!.expected[hour]!
      usual += rate
      sold += sums.sales[index * HOURS_A_DAY + hour]!
      exposed += rate * sums.exposure[index * HOURS_A_DAY + hour]!
    }
    return share(usual * sold, exposed, 0)
  })
  const patterns = patternsByGroup(series, sums, levels)
  const expected = sums.sales.map((_, cell) => {
    const index = Math.floor(cell / HOURS_A_DAY)
    return levels[index]! * patterns.get(series[index]!.group)![cell % HOURS_A_DAY]!
  })
  const usualSales = sums.exposure.map((exposure, cell) => exposure * expected[cell]!)
  const prior = gammaPrior(sums.sales, usualSales)
  return expected.map((value, cell) => value * shrink(prior, sums.sales[cell]!, usualSales[cell]!))
}

/** By group: sales of each hour of the day over what the levels of its series let expect. */
function patternsByGroup(
  series: readonly SeriesHours[],
  sums: Sums,
  levels: readonly number[],
): Map<number, Float64Array> {
  const sales = new Map(series.map(({ group }) => [group, new Float64Array(HOURS_A_DAY)]))
  const exposed = new Map(series.map(({ group }) => [group, new Float64Array(HOURS_A_DAY)]))
  series.forEach(({ group }, index) => {
    for (let hour = 0; hour < HOURS_A_DAY; hour += 1) {
      sales.get(group)![hour]! += sums.sales[index * HOURS_A_DAY + hour]!
      exposed.get(group)![hour]! += sums.exposure[index * HOURS_A_DAY + hour]! * levels[index]!
    }
  })
  for (const [group, values] of sales) {
    const below = exposed.get(group)!
    for (let hour = 0; hour < HOURS_A_DAY; hour += 1) values[hour] = share(values[hour]!, below[hour]!, 0)
  }
  return sales
}
