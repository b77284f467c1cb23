/** Sums, means and deviations over the last days of a series, for every day of it at once. */

/**
 * The sum of the last `window` values at every place; before the first value there are zeros.
 *
 * The additions of a window depend on its days alone, not on where the series was cut: blocks of `window` days begin at
 * days that are counted from 1970, and a window is the end of one block plus the beginning of the next (van Herk 1992,
 * Gil & Werman 1993). So a day's features are the same to the last bit whether they are made for one day or for a year,
 * and nothing is subtracted, so that nothing is lost beside a large sum.
 *
 * @param firstDay the day of the first value, in days since 1970
 */
export function rollingSums(values: Float64Array, window: number, firstDay: number, sums: Float64Array): void {
  const days = values.length
  const phase = ((firstDay % window) + window) % window
  for (let start = -phase; start < days; start += window) {
    const end = Math.min(start + window, days)
    let head = 0
    for (let day = Math.max(start, 0); day < end; day += 1) {
      head += values[day]!
      sums[day] = head
    }
    if (start <= 0) continue
    let tail = 0
    for (let reach = window - 2, day = start - 1; reach >= 0; reach -= 1, day -= 1) {
      if (day >= 0) tail += values[day]!
      if (start + reach < end) sums[start + reach] = sums[start + reach]! + tail
    }
  }
}

/** The values this many days before each day; NaN before the first. */
export function lagged(values: Float64Array, lag: number, days: Int32Array, into: Float32Array, at: number): void {
  for (let row = 0; row < days.length; row += 1) {
    const day = days[row]! - lag
    into[at + row] = day < 0 ? Number.NaN : values[day]!
  }
}

/** Of each day's window: the sum of its values and of their squares, and how many there are; NaN where there is none. */
export interface WindowSums {
  sums: Float64Array
  squareSums: Float64Array
  counts: Float64Array
}

/**
 * The mean of each day's window, and its deviation as a sample's (over n − 1); NaN where it holds fewer than one or two values.
 */
export function rollingMoments(
  { sums, squareSums, counts }: WindowSums,
  days: Int32Array,
  { mean, deviation }: { mean: Float32Array; deviation: Float32Array },
  at: number,
): void {
  for (let row = 0; row < days.length; row += 1) {
    const day = days[row]!
    const [sum, count] = [sums[day]!, counts[day]!]
    mean[at + row] = count > 0 ? sum / count : Number.NaN
    // A rounding error below zero is no variance.
    const squares = Math.max(0, squareSums[day]! - (sum * sum) / count)
    deviation[at + row] = count > 1 ? Math.sqrt(squares / (count - 1)) : Number.NaN
  }
}
