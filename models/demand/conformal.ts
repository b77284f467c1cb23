/**
 * Calibrates quantile forecasts on days that they were not trained on: conformalised quantile regression (Romano, Patterson
 * & Candès 2019, NeurIPS 32). Distances are in units of √(mean demand + 0.1), so that one margin fits small and large series.
 */
import { QUANTILES } from './plan.ts'

/** Margins by quantile, in scaled units: what is added to the forecast quantile. */
export type Margins = readonly number[]

export const noMargins: Margins = QUANTILES.map(() => 0)

export const scaleOf = (meanDemand: number): number => Math.sqrt(Math.max(0, meanDemand) + 0.1)

/** Below this many calibration rows a margin says more about them than about the days to come. */
const CALIBRATION_ROWS_MIN = 100

/**
 * @param actual what came
 * @param quantiles row after row, a value for each of `QUANTILES`
 * @param scales one a row, by `scaleOf`
 */
export function conformalMargins(
  actual: ArrayLike<number>,
  quantiles: ArrayLike<number>,
  scales: ArrayLike<number>,
): Margins {
  const rows = actual.length
  if (rows < CALIBRATION_ROWS_MIN) return noMargins
  const margins = [...noMargins]
  const count = QUANTILES.length
  for (let low = 0; low < count >> 1; low += 1) {
    const high = count - 1 - low
    const misses = new Float64Array(rows)
    for (let row = 0; row < rows; row += 1) {
      const below = quantiles[row * count + low]! - actual[row]!
      const above = actual[row]! - quantiles[row * count + high]!
      misses[row] = Math.max(below, above) / scales[row]!
    }
    misses.sort()
    const share = QUANTILES[high]! - QUANTILES[low]!
    // The finite-sample correction: (n + 1) instead of n.
    const rank = Math.min(rows, Math.ceil(share * (rows + 1)))
    margins[low] = -misses[rank - 1]!
    margins[high] = misses[rank - 1]!
  }
  return margins
}

/**
 * Adds the margins, puts the quantiles in order (Chernozhukov, Fernández-Val & Galichon 2010, Econometrica 78(3)) and cuts
 * them off at zero, in place.
 */
export function calibrate(quantiles: Float32Array, margins: Margins, scale: number): Float32Array {
  for (let index = 0; index < quantiles.length; index += 1) {
    quantiles[index] = Math.max(0, quantiles[index]! + margins[index]! * scale)
  }
  return quantiles.sort()
}
