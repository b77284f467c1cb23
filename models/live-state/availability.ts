/**
 * Whether a product can be bought, hour by hour, from what can be seen: silence at the till, foot traffic, the shelf count.
 *
 * A hidden Markov model of two states, available and not (Rabiner 1989, Proceedings of the IEEE 77(2)). How often a person
 * buys in an hour is Poisson around the expected number, which foot traffic scales and which follows the series' own recent
 * level; while nothing is available, sales all the same (mislaid goods, a till's late line, a part of the hour) come at a
 * small share of that. Seen is whether anything was sold: how much at once shows little about being there, and made the
 * ranking worse where it was tried. A shelf count is a noisy look at the state when it changes between "some" and "none";
 * while it stays it is no new look, for a count that is wrong stays wrong: else ten hours of phantom stock would be ten
 * witnesses. Goods run out and come back with probabilities by hour of the day, which each series has more or less of.
 * `fitAvailability` learns all of it.
 */

export const HOURS_A_DAY = 24

/** What all series have in common. */
export interface AvailabilityModel {
  /** Probability that what was available an hour ago is no longer, by hour of the day. */
  depletion: readonly number[]
  /** Probability that what was not available an hour ago is back, by hour of the day. */
  restock: readonly number[]
  /** Share of the expected sales that is seen while nothing is available. */
  leak: number
  /** How the recent level of a series is kept: what is left of it after an hour, and how many sales the usual level is worth. */
  level: { keptAnHour: number; priorSales: number }
  /** Probability that a count which has just changed its mind shows "nothing there", while there is some and while not. */
  emptyCount: { available: number; unavailable: number }
}

/** What one store × product has of its own. */
export interface SeriesRates {
  /** Expected sales in an hour of the day at usual traffic, while available: 1 / the expected gap in hours. */
  expected: ArrayLike<number>
  /** How much more often than usual it runs out, and comes back. */
  depletionFactor: number
  restockFactor: number
}

/** What is kept of a series from hour to hour. */
export interface AvailabilityState {
  /** Probability that the product is available. */
  available: number
  /** Recent sales, and how many were expected, both while available; what is longer ago counts less. */
  recentSales: number
  recentExpected: number
  /** What the shelf count was last. */
  wasCountedEmpty?: boolean | undefined
}

/** What was seen in one hour. */
export interface HourObserved {
  /** Hour of the store's clock, 0 to 23. */
  hour: number
  /** Whether anything was sold; a return is no sale. */
  isSold: boolean
  /** Foot traffic of the hour over the usual one; 1 where it is not counted. */
  traffic: number
  /** Whether the shelf count shows that nothing is there; undefined where nothing counts. */
  isCountedEmpty?: boolean | undefined
}

/** Where a series starts: the share of hours in which a product is available when nothing else is known. */
export function initialAvailability(model: AvailabilityModel): AvailabilityState {
  const depletion = sum(model.depletion)
  const restock = sum(model.restock)
  return { available: restock / (restock + depletion), recentSales: 0, recentExpected: 0 }
}

/** One hour further: the state at the end of the hour, from the state at the end of the one before and what was seen. */
export function nextAvailability(
  before: Readonly<AvailabilityState>,
  model: AvailabilityModel,
  rates: SeriesRates,
  observed: HourObserved,
): AvailabilityState {
  const after = { ...before }
  advance(after, model, rates, observed)
  return after
}

/** The sales that this hour was expected to have, were the product available. */
export function expectedInHour(
  state: Readonly<AvailabilityState>,
  { level }: AvailabilityModel,
  rates: SeriesRates,
  { hour, traffic }: Pick<HourObserved, 'hour' | 'traffic'>,
): number {
  const recent = (state.recentSales + level.priorSales) / (state.recentExpected + level.priorSales)
  return rates.expected[hour]! * traffic * recent
}

/** How likely what was seen is in either state. */
export interface Likelihood {
  available: number
  unavailable: number
}

/** Moves the state one hour further, in place; returns the likelihoods that moved it. */
export function advance(
  state: AvailabilityState,
  model: AvailabilityModel,
  rates: SeriesRates,
  observed: HourObserved,
  /** What a person saw on the spot. */
  seenAvailable?: boolean,
): Likelihood & { prior: number } {
  const expected = expectedInHour(state, model, rates, observed)
  const likelihood = likelihoodOf(model, expected, observed, isFreshCount(state, observed.isCountedEmpty))
  if (seenAvailable === true) likelihood.unavailable *= PROBABILITY_MIN
  if (seenAvailable === false) likelihood.available *= PROBABILITY_MIN
  const depletion = depletionIn(model, rates, observed.hour)
  const restock = restockIn(model, rates, observed.hour)
  const prior = state.available * (1 - depletion) + (1 - state.available) * restock
  const available = prior * likelihood.available
  state.available = available / (available + (1 - prior) * likelihood.unavailable)
  const usual = rates.expected[observed.hour]! * observed.traffic
  const { keptAnHour } = model.level
  state.recentExpected = keptAnHour * state.recentExpected + state.available * usual
  state.recentSales = keptAnHour * state.recentSales + state.available * (observed.isSold ? salesWhenSold(expected) : 0)
  state.wasCountedEmpty = observed.isCountedEmpty ?? state.wasCountedEmpty
  return { ...likelihood, prior }
}

/** Whether the count differs from before. */
export const isFreshCount = ({ wasCountedEmpty }: Readonly<AvailabilityState>, isCountedEmpty?: boolean): boolean =>
  isCountedEmpty !== undefined && wasCountedEmpty !== undefined && isCountedEmpty !== wasCountedEmpty

/** Nothing is certain to the last digit, or no later observation could change it. */
const PROBABILITY_MIN = 1e-9

function likelihoodOf(
  model: AvailabilityModel,
  expected: number,
  observed: HourObserved,
  isFresh: boolean,
): Likelihood {
  const available = soldLikelihood(expected, observed.isSold)
  const unavailable = soldLikelihood(model.leak * expected, observed.isSold)
  const { emptyCount } = model
  if (!isFresh) return { available, unavailable }
  if (observed.isCountedEmpty) {
    return { available: available * emptyCount.available, unavailable: unavailable * emptyCount.unavailable }
  }
  return { available: available * (1 - emptyCount.available), unavailable: unavailable * (1 - emptyCount.unavailable) }
}

const soldLikelihood = (expected: number, isSold: boolean): number =>
  Math.max(PROBABILITY_MIN, isSold ? -Math.expm1(-expected) : Math.exp(-expected))

/** How many sales an hour had on average of which it is known that it had one or more. */
export const salesWhenSold = (expected: number): number =>
  expected < PROBABILITY_MIN ? 1 : expected / -Math.expm1(-expected)

export const depletionIn = (model: AvailabilityModel, rates: SeriesRates, hour: number): number =>
  Math.min(1 - PROBABILITY_MIN, model.depletion[hour]! * rates.depletionFactor)

export const restockIn = (model: AvailabilityModel, rates: SeriesRates, hour: number): number =>
  Math.min(1 - PROBABILITY_MIN, model.restock[hour]! * rates.restockFactor)

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** Traffic is held towards the usual one as if this many visitors more had come as usual. */
const USUAL_VISITORS = 5

/** Foot traffic of an hour over the usual one of that hour of the day; few visitors show little about the next ones. */
export const trafficOver = (visitors: number, usualVisitors: number): number =>
  (visitors + USUAL_VISITORS) / (usualVisitors + USUAL_VISITORS)
