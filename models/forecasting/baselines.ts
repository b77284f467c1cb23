/**
 * Forecasts that a model has to beat, and the classes by which one is chosen. Each takes a series of one value a period,
 * oldest first, and returns the mean of the coming periods, in units. A flat forecast is one number: it holds for every
 * period to come. An empty series has no forecast, which is an error; what sells never is forecast as zero.
 */

type Series = ArrayLike<number>

/** The value of the same period of the last season; of a series that is shorter than a season, its last value. */
export function seasonalNaive(series: Series, season: number, horizon: number): Float64Array {
  wholePeriods('season', season)
  const last = lastOf(series)
  const from = series.length - season
  return Float64Array.from({ length: horizon }, (_, ahead) => (from < 0 ? last : series[from + (ahead % season)]!))
}

/** Flat: the mean of the last `window` values, or of as many as there are. */
export function movingAverage(series: Series, window: number): number {
  wholePeriods('window', window)
  lastOf(series)
  const from = Math.max(0, series.length - window)
  let sum = 0
  for (let index = from; index < series.length; index += 1) sum += series[index]!
  return sum / (series.length - from)
}

/**
 * Flat: simple exponential smoothing, which starts at the first value (Brown 1956; Hyndman & Athanasopoulos 2021,
 * Forecasting: Principles and Practice, 8.1).
 *
 * @param alpha weight of the newest value; the one of least squared error one period ahead when left out
 */
export function simpleExponentialSmoothing(series: Series, alpha = bestAlpha(series)): number {
  return smooth(series, alpha).level
}

export interface CrostonOptions {
  /** Weight of the newest demand and of the newest interval. */
  alpha?: number
  /** Syntetos & Boylan's correction (2005, International Journal of Forecasting 21(2)), for Croston's method forecasts too much. */
  corrected?: boolean
}

/**
 * Flat: mean demand size over mean interval between demands (Croston 1972, Operational Research Quarterly 23(3)). Changes
 * only when something sells, so that a product that has died keeps its forecast: `tsb` is for those.
 */
export function croston(series: Series, { alpha = 0.1, corrected = false }: CrostonOptions = {}): number {
  lastOf(series)
  const { sizes, intervals } = demandsOf(series)
  if (sizes.length === 0) return 0
  const mean = smooth(sizes, alpha).level / smooth(intervals, alpha).level
  return corrected ? (1 - alpha / 2) * mean : mean
}

/**
 * Flat: demand size times the probability that a period has demand, the latter updated in every period (Teunter, Syntetos
 * & Babai 2011, European Journal of Operational Research 214(3)).
 */
export function tsb(series: Series, alphaSize: number, alphaProbability: number): number {
  lastOf(series)
  const { sizes } = demandsOf(series)
  if (sizes.length === 0) return 0
  const occurrence = Array.from(series, (value) => (value > 0 ? 1 : 0))
  return smooth(sizes, alphaSize).level * smooth(occurrence, alphaProbability).level
}

export type DemandClass = 'smooth' | 'erratic' | 'intermittent' | 'lumpy' | 'none'

/**
 * The class of a demand pattern by mean interval between demands (limit 1.32 periods) and squared coefficient of variation
 * of their sizes (limit 0.49); `none` is a series without demand (Syntetos, Boylan & Croston 2005, Journal of the
 * Operational Research Society 56(5), p. 500).
 */
export function demandClass(series: Series): DemandClass {
  const { sizes } = demandsOf(series)
  if (sizes.length === 0) return 'none'
  const isIntermittent = series.length / sizes.length >= 1.32
  const isVariable = coefficientOfVariation(sizes) ** 2 >= 0.49
  if (isIntermittent) return isVariable ? 'lumpy' : 'intermittent'
  return isVariable ? 'erratic' : 'smooth'
}

export type AbcClass = 'A' | 'B' | 'C'

/**
 * Classes by share of the whole: A are the greatest that make up the first 80 %, B those up to 95 %, C the rest.
 *
 * @param values for example revenue by product; what is not above zero is C
 */
export function abcClasses(values: Series): AbcClass[] {
  const positive = Array.from(values, (value) => Math.max(0, value))
  const total = positive.reduce((sum, value) => sum + value, 0)
  const classes = Array.from(positive, (): AbcClass => 'C')
  const greatestFirst = Array.from(positive.keys()).sort((a, b) => positive[b]! - positive[a]! || a - b)
  let before = 0
  for (const index of greatestFirst) {
    if (positive[index] === 0) break
    // An item belongs where its first unit of money falls: the one that crosses the limit is still above it.
    classes[index] = before < 0.8 * total ? 'A' : before < 0.95 * total ? 'B' : 'C'
    before += positive[index]!
  }
  return classes
}

export type XyzClass = 'X' | 'Y' | 'Z'

/** Class by regularity: coefficient of variation up to 0.5 is X, up to 1 is Y, the rest and a series without demand is Z. */
export function xyzClass(series: Series): XyzClass {
  const variation = coefficientOfVariation(series)
  return variation <= 0.5 ? 'X' : variation <= 1 ? 'Y' : 'Z'
}

interface Smoothed {
  level: number
  /** Sum of the squared errors one period ahead. */
  squaredError: number
}

function smooth(series: Series, alpha: number): Smoothed {
  if (!(alpha > 0 && alpha <= 1)) throw new RangeError(`alpha is ${alpha}: must be more than 0, at most 1`)
  lastOf(series)
  let level = series[0]!
  let squaredError = 0
  for (let index = 1; index < series.length; index += 1) {
    const error = series[index]! - level
    squaredError += error * error
    level += alpha * error
  }
  return { level, squaredError }
}

const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2

/** Golden-section search of least squared error between 0.01 and 0.99 (Kiefer 1953), to a millionth. */
function bestAlpha(series: Series): number {
  let low = 0.01
  let high = 0.99
  while (high - low > 1e-6) {
    const left = high - GOLDEN_RATIO * (high - low)
    const right = low + GOLDEN_RATIO * (high - low)
    if (smooth(series, left).squaredError <= smooth(series, right).squaredError) high = right
    else low = left
  }
  return (low + high) / 2
}

/** Sizes of the demands, and the periods from each one to the one before it; the first counts from the start. */
function demandsOf(series: Series): { sizes: number[]; intervals: number[] } {
  const sizes: number[] = []
  const intervals: number[] = []
  let before = -1
  for (let index = 0; index < series.length; index += 1) {
    if (!(series[index]! > 0)) continue
    sizes.push(series[index]!)
    intervals.push(index - before)
    before = index
  }
  return { sizes, intervals }
}

function coefficientOfVariation(values: Series): number {
  let sum = 0
  for (let index = 0; index < values.length; index += 1) sum += values[index]!
  const mean = sum / values.length
  if (!(mean > 0)) return Number.POSITIVE_INFINITY
  let squares = 0
  for (let index = 0; index < values.length; index += 1) squares += (values[index]! - mean) ** 2
  return Math.sqrt(squares / values.length) / mean
}

function lastOf(series: Series): number {
  if (series.length === 0) throw new RangeError('an empty series has no forecast')
  return series[series.length - 1]!
}

function wholePeriods(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`${name} is ${value}: must be whole periods, 1 or more`)
}
