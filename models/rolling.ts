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

/** The values so many days before each day; NaN before the first. */
export function lagged(values: Float64Array, lag: number, days: Int32Array, into: Float32Array, at: number): void {
  for (let row = 0; row < days.length; row += 1) {
    const day = days[row]! - lag
    into[at + row] = day < 0 ? Number.NaN : values[day]!
  }
}

/** @param counts how many values each day's window holds; NaN or 0 where there is no mean */
export function rollingMean(
  sums: Float64Array,
  counts: Float64Array,
  days: Int32Array,
  into: Float32Array,
  at: number,
): void {
  for (let row = 0; row < days.length; row += 1) {
    const day = days[row]!
    into[at + row] = counts[day]! > 0 ? sums[day]! / counts[day]! : Number.NaN
  }
}

/** The standard deviation of a sample (over n − 1); NaN where the window holds fewer than two values. */
export function rollingDeviation(
  sums: Float64Array,
  squares: Float64Array,
  counts: Float64Array,
  days: Int32Array,
  into: Float32Array,
  at: number,
): void {
  for (let row = 0; row < days.length; row += 1) {
    const day = days[row]!
    const [sum, count] = [sums[day]!, counts[day]!]
    // A rounding error below zero is no variance.
    into[at + row] = count > 1 ? Math.sqrt(Math.max(0, squares[day]! - (sum * sum) / count) / (count - 1)) : Number.NaN
  }
}
