/**
 * A forecast that keeps up with a series day by day: a level that is smoothed exponentially, times factors that are known
 * ahead (the weekday, a promotion), and the spread of its own errors one day ahead. It is what replays decide by: learning a
 * model again for every day of a year would take days.
 */
import type { DayDemand } from './demand.ts'

export interface RunningForecastOptions {
  /** Weight of the newest day in the level. */
  smoothing?: number
  /** Weight of the newest day in the spread. */
  spreadSmoothing?: number
}

/** Days whose plain mean is the first level. */
const FIRST_DAYS = 28
const SPREAD_FROM_DAY = 14

/**
 * Before anything is seen 1 / size is taken to be this, and that is worth this many squared units. What a day shows of it grows
 * with its squared mean: of slow movers, whose few sales would make it anything from 0 to 100, it stays near the first guess.
 */
const INVERSE_SIZE_FIRST = 0.5
const FIRST_SQUARED_UNITS = 4

export class RunningForecast {
  readonly #demand: ArrayLike<number>
  readonly #factors: ArrayLike<number>
  readonly #smoothing: number
  readonly #spreadSmoothing: number
  #learned = 0
  #level = 0
  /** Smoothed squared error beyond Poisson's, and smoothed squared mean: their ratio is 1 / size. */
  #excess = 0
  #squaredMean = 0

  /**
   * @param demand units by day; only days before the one asked for are read
   * @param factors expected demand over the level, by day, as far ahead as is asked for; all above zero
   */
  constructor(
    demand: ArrayLike<number>,
    factors: ArrayLike<number>,
    { smoothing = 0.08, spreadSmoothing = 0.02 }: RunningForecastOptions = {},
  ) {
    this.#demand = demand
    this.#factors = factors
    this.#smoothing = smoothing
    this.#spreadSmoothing = spreadSmoothing
  }

  /** Demand of `days` days from `day` on, as known on the evening before it. `day` never goes back. */
  from(day: number, days: number): DayDemand[] {
    while (this.#learned < day) this.#learn(this.#learned)
    const spreadDays = 1 / this.#spreadSmoothing
    const inverseSize = Math.max(
      0,
      (spreadDays * this.#excess + FIRST_SQUARED_UNITS * INVERSE_SIZE_FIRST) /
        (spreadDays * this.#squaredMean + FIRST_SQUARED_UNITS),
    )
    return Array.from({ length: days }, (_, ahead) => {
      const mean = Math.max(0, this.#level) * this.#factorOf(day + ahead)
      return { mean, variance: mean + mean ** 2 * inverseSize }
    })
  }

  /** Beyond the known factors the last ones repeat weekly. */
  #factorOf(day: number): number {
    const known = this.#factors.length
    return this.#factors[day < known ? day : known - 7 + ((day - known) % 7)]!
  }

  #learn(day: number): void {
    const factor = this.#factors[day]!
    const wanted = this.#demand[day]!
    const expected = this.#level * factor
    // Until there are a month's days each counts alike.
    const weight = Math.max(this.#smoothing, 1 / (Math.min(day, FIRST_DAYS) + 1))
    // The first levels are guesses: their errors show nothing of the spread.
    if (day >= SPREAD_FROM_DAY) {
      const spreadWeight = Math.max(this.#spreadSmoothing, 1 / (day - SPREAD_FROM_DAY + 1))
      this.#excess += spreadWeight * ((wanted - expected) ** 2 - expected - this.#excess)
      this.#squaredMean += spreadWeight * (expected ** 2 - this.#squaredMean)
    }
    this.#level += weight * (wanted / factor - this.#level)
    this.#learned = day + 1
  }
}

/** A shop that was closed on Sundays may open one day. */
const FACTOR_MIN = 0.05

/**
 * Demand on each weekday over that of the mean day.
 *
 * @param units of whole weeks, by weekday; of a group of series, so that every weekday has some
 */
export function weekdayFactors(units: ArrayLike<number>): Float64Array {
  const factors = Float64Array.from(units)
  const mean = factors.reduce((sum, each) => sum + each, 0) / factors.length
  return factors.map((each) => (mean > 0 ? Math.max(FACTOR_MIN, each / mean) : 1))
}
