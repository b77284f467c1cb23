/** Champion against challenger on the same days, with what chance alone would do. */
import { seeded } from '../statistics/random.ts'

export interface Comparison {
  /** Σ|error| / Σ|actual| of the challenger and of the champion. */
  own: number
  champion: number
  /** The challenger's gain in that measure that it exceeds in 95 of 100 bootstrap draws; above zero it is no accident. */
  gainLow: number
}

const DRAWS = 500

/** Sums of one series over its days. */
export interface SeriesErrors {
  actual: number
  own: number
  champion: number
}

/**
 * A bootstrap over series, for the errors of one series hang together (Efron 1979, Annals of Statistics 7(1)).
 *
 * @returns undefined when nothing sold
 */
export function compare(series: readonly SeriesErrors[], seed: number): Comparison | undefined {
  const total = sumOf(series, (index) => index)
  if (!(total.actual > 0)) return undefined
  const random = seeded(seed)
  const gains = Float64Array.from({ length: DRAWS }, () => {
    const drawn = sumOf(series, () => Math.floor(random() * series.length))
    return drawn.actual > 0 ? (drawn.champion - drawn.own) / drawn.actual : 0
  }).sort()
  return {
    own: total.own / total.actual,
    champion: total.champion / total.actual,
    gainLow: gains[Math.floor(0.05 * DRAWS)]!,
  }
}

function sumOf(series: readonly SeriesErrors[], pick: (index: number) => number): SeriesErrors {
  const sum = { actual: 0, own: 0, champion: 0 }
  for (let index = 0; index < series.length; index += 1) {
    const { actual, own, champion } = series[pick(index)]!
    sum.actual += actual
    sum.own += own
    sum.champion += champion
  }
  return sum
}
