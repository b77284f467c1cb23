/**
 * How a store's trade is spread over its usual week, from a history that may be a few days short, begin in the middle of a
 * day, or hold days on which hardly anyone came. A day counts for as much as it holds of a usual day's trade.
 */

/** A weekday that was seen this often is known; fewer days of it may be an opening, a holiday, a failure. */
const SEEN_MIN = 2

export interface UsualWeek {
  /** Trade of a usual day: the mean over the weekdays. 0 where there never was any. */
  tradeADay: number
  /** Days' worth of trade by weekday, Monday first; 7 together. */
  weekdays: Float64Array
  /** How often each weekday was seen; 0 where too seldom to know it. */
  seen: Float64Array
}

/**
 * Weekdays that are known have their own mean. The others are taken to be a day as most of the trade was done on: the mean
 * over the days, each weighed by its own trade, in which a quiet or partial day hardly counts.
 *
 * @param trade visitors or transactions by day, without a gap
 * @param firstWeekday of the first of them; 0 is Monday
 * @param isFirstWhole false when the store's first event was on that day; it then makes no weekday known
 */
export function usualWeek(trade: ArrayLike<number>, firstWeekday: number, isFirstWhole: boolean): UsualWeek {
  const seen = new Float64Array(7)
  const sums = new Float64Array(7)
  let all = 0
  let squares = 0
  for (let day = 0; day < trade.length; day += 1) {
    all += trade[day]!
    squares += trade[day]! ** 2
    if (day === 0 && !isFirstWhole) continue
    const weekday = (firstWeekday + day) % 7
    seen[weekday]! += 1
    sums[weekday]! += trade[day]!
  }
  if (!(all > 0)) return { tradeADay: 0, weekdays: new Float64Array(7).fill(1), seen: new Float64Array(7) }
  const unknown = squares / all
  const means = sums.map((sum, weekday) => (seen[weekday]! < SEEN_MIN ? unknown : sum / seen[weekday]!))
  const tradeADay = means.reduce((sum, mean) => sum + mean, 0) / 7
  return {
    tradeADay,
    weekdays: means.map((mean) => mean / tradeADay),
    seen: seen.map((count) => (count < SEEN_MIN ? 0 : count)),
  }
}

/**
 * Units of a week as usual by hour, from the units of a history: known weekdays as they sold, the others as all days
 * together sell, by the hour of the day.
 *
 * @param units by hour of the week, Monday 00:00 first, summed over the days of the history
 * @param exposure days' worth of usual trade in the history
 */
export function unitsOfUsualWeek(units: ArrayLike<number>, week: UsualWeek, exposure: number): Float64Array {
  const byHour = new Float64Array(24)
  for (let hour = 0; hour < units.length; hour += 1) byHour[hour % 24]! += units[hour]!
  return Float64Array.from(units, (sum, hour) => {
    const weekday = Math.floor(hour / 24)
    if (week.seen[weekday]! > 0) return sum / week.seen[weekday]!
    return exposure > 0 ? (byHour[hour % 24]! / exposure) * week.weekdays[weekday]! : 0
  })
}
