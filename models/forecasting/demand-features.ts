/**
 * What the past days of a store × product show about its demand, as of many days at once. The day itself, the origin, is
 * over; every number looks back from it and none ahead. Training and inference have their features from here alone.
 */
import { lagged, rollingMoments, rollingSums } from '../statistics/rolling.ts'

/** Days that a window of sales reaches back, its origin included; the window of one day is `lag_1`. */
export const WINDOWS = [7, 14, 28, 30, 90] as const
/** Units sold this many days before the day after the origin: 1 is the origin itself, 7 its day a week before tomorrow. */
export const LAGS = [1, 2, 3, 4, 5, 6, 7, 14, 21, 28] as const
export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const
/** Days of sales that a row keeps one by one, for forecasts that are made from the series itself. */
export const RECENT_DAYS = 56
/** The farthest day that an origin looks back to, counted from its own. */
export const WINDOW_DAYS_MAX = 90

const WEEKS_OF_A_WEEKDAY = 8
const WEEKS_MAX = 12
/** The sum of squares of 28 whole numbers around their mean. */
const TREND_SQUARES = 1_827

/** A number for each day of a series, by what is counted. */
export interface SeriesDays {
  units: Float64Array
  returnedUnits: Float64Array
  netAmount: Float64Array
  discountAmount: Float64Array
  promotedUnits: Float64Array
}

const PATTERN = [
  'trend_28',
  'interval_mean',
  'size_variation',
  'weekly_variation',
  'days_since_sale',
  'days_of_history',
] as const
const MONEY = [
  'price_last',
  'price_ratio',
  'discount_last',
  'discount_share_28',
  'promoted_share_7',
  'promoted_share_28',
  'returned_share_90',
] as const
/** What becomes a share of all revenue later. */
const REVENUE = 'revenue_90'

/** The columns from units, and those from money: columns that a model reads as they are. */
export const unitColumns: readonly string[] = [
  ...LAGS.map((lag) => `lag_${lag}`),
  ...WINDOWS.flatMap((days) => [`mean_${days}`, `std_${days}`, `zero_share_${days}`]),
  ...WEEKDAYS.map((weekday) => `weekday_mean_${weekday}`),
  ...PATTERN,
]
export const moneyColumns: readonly string[] = MONEY

/** The columns that are made, besides the recent days. All are numbers; what can't be computed is NaN. */
export const seriesColumns: readonly string[] = [...unitColumns, ...moneyColumns, REVENUE]

export const recentColumns: readonly string[] = Array.from({ length: RECENT_DAYS }, (_, day) => `recent_${day + 1}`)

export interface DemandFeatures {
  /** By the names of `seriesColumns` and `recentColumns`: a value for each row that was written. */
  readonly columns: Readonly<Record<string, Float32Array>>
  /** Of each row that was written its origin's place among the origins. */
  readonly origin: Int32Array
  /**
   * Writes the rows of one series from `at` on, one for each origin at which it has sold within `WINDOW_DAYS_MAX` days.
   *
   * @param openDays how many days its store was open before each day, by day: one more than there are days
   * @returns how many rows were written
   */
  write(series: SeriesDays, openDays: Float64Array, at: number): number
}

/** The days that features are made for. */
export interface OriginDays {
  /** How many days each series has. */
  days: number
  /** The first of them, in days since 1970. */
  firstDay: number
  /** Counted from the first day, in order. */
  origins: Int32Array
}

/** @param capacity rows that the columns have room for */
export function createDemandFeatures({ days, firstDay, origins }: OriginDays, capacity: number): DemandFeatures {
  const columns: Record<string, Float32Array> = {}
  const column = (name: string) => (columns[name] = new Float32Array(capacity))
  const columnsOf = <Name extends string>(names: readonly Name[]) =>
    Object.fromEntries(names.map((name) => [name, column(name)])) as Record<Name, Float32Array>
  const origin = new Int32Array(capacity)
  const lags = LAGS.map((lag) => ({ lag, into: column(`lag_${lag}`) }))
  const vector = () => new Float64Array(days)
  const byWindow = WINDOWS.map((window) => ({
    window,
    mean: column(`mean_${window}`),
    deviation: column(`std_${window}`),
    zeroShare: column(`zero_share_${window}`),
    sums: vector(),
    squareSums: vector(),
    sellingDays: vector(),
    counts: vector(),
  }))
  const windowOf = (wanted: (typeof WINDOWS)[number]) => byWindow.find(({ window }) => window === wanted)!
  const [week, month, quarter] = [windowOf(7), windowOf(28), windowOf(90)]
  const [squares, sells] = [vector(), vector()]
  const sums = {
    net28: vector(),
    net90: vector(),
    discount28: vector(),
    promoted7: vector(),
    promoted28: vector(),
    returned90: vector(),
  }
  const weekdayMeans = WEEKDAYS.map((weekday) => column(`weekday_mean_${weekday}`))
  const recent = recentColumns.map(column)
  const [pattern, money] = [columnsOf(PATTERN), columnsOf([...MONEY, REVENUE])]
  /** The first day on or after a day on which something sold, and the last one on or before it. */
  const [nextSale, lastSale] = [new Int32Array(days + 1), new Int32Array(days)]

  function findSales(units: Float64Array): void {
    let last = -1
    for (let day = 0; day < days; day += 1) {
      if (units[day]! > 0) last = day
      lastSale[day] = last
      squares[day] = units[day]! * units[day]!
      sells[day] = units[day]! > 0 ? 1 : 0
    }
    nextSale[days] = days
    for (let day = days - 1; day >= 0; day -= 1) nextSale[day] = units[day]! > 0 ? day : nextSale[day + 1]!
  }

  const firstSale = (day: number) => nextSale[Math.max(0, day - WINDOW_DAYS_MAX + 1)]!

  function addUp(series: SeriesDays, openDays: Float64Array, active: Int32Array): void {
    for (const { window, sums: unitSums, squareSums, sellingDays, counts } of byWindow) {
      rollingSums(series.units, window, firstDay, unitSums)
      rollingSums(squares, window, firstDay, squareSums)
      rollingSums(sells, window, firstDay, sellingDays)
      for (const day of active) {
        counts[day] = openDays[day + 1]! - openDays[Math.max(day + 1 - window, firstSale(day))]!
      }
    }
    rollingSums(series.netAmount, 28, firstDay, sums.net28)
    rollingSums(series.netAmount, 90, firstDay, sums.net90)
    rollingSums(series.discountAmount, 28, firstDay, sums.discount28)
    rollingSums(series.promotedUnits, 7, firstDay, sums.promoted7)
    rollingSums(series.promotedUnits, 28, firstDay, sums.promoted28)
    rollingSums(series.returnedUnits, 90, firstDay, sums.returned90)
  }

  function writeWindows({ units }: SeriesDays, active: Int32Array, at: number): void {
    for (const { lag, into } of lags) lagged(units, lag - 1, active, into, at)
    for (const { zeroShare, sellingDays, counts, ...window } of byWindow) {
      rollingMoments({ ...window, counts }, active, window, at)
      for (let row = 0; row < active.length; row += 1) {
        const day = active[row]!
        zeroShare[at + row] = 1 - ratio(sellingDays[day]!, counts[day]!)
      }
    }
  }

  function writePattern({ units }: SeriesDays, day: number, row: number): void {
    const history = day - firstSale(day) + 1
    const isoWeekday = ((((firstDay + day + 3) % 7) + 7) % 7) + 1
    for (let weekday = 1; weekday <= 7; weekday += 1) {
      const nearest = day - ((isoWeekday - weekday + 7) % 7)
      const sum = sumBack(units, nearest, 7, WEEKS_OF_A_WEEKDAY)
      weekdayMeans[weekday - 1]![row] = ratio(sum, Math.min(WEEKS_OF_A_WEEKDAY, Math.floor(history / 7)))
    }
    for (let ago = 0; ago < RECENT_DAYS; ago += 1) {
      recent[RECENT_DAYS - 1 - ago]![row] = day < ago ? 0 : units[day - ago]!
    }
    let ages = 0
    for (let age = Math.min(27, day); age > 0; age -= 1) ages += age * units[day - age]!
    pattern.trend_28[row] = (13.5 * month.sums[day]! - ages) / TREND_SQUARES
    pattern.weekly_variation[row] = weeklyVariation(day, Math.min(WEEKS_MAX, Math.floor((history + 6) / 7)))
    pattern.days_since_sale[row] = day - lastSale[day]!
    pattern.days_of_history[row] = history
    const sellingDays = quarter.sellingDays[day]!
    pattern.interval_mean[row] = ratio(quarter.counts[day]!, sellingDays)
    const size = ratio(quarter.sums[day]!, sellingDays)
    pattern.size_variation[row] =
      Math.max(0, ratio(quarter.squareSums[day]!, sellingDays) - size * size) / (size * size)
  }

  function writeMoney({ units, netAmount, discountAmount }: SeriesDays, day: number, row: number): void {
    const last = lastSale[day]!
    const [net28, discount28] = [sums.net28[day]!, sums.discount28[day]!]
    const price = ratio(netAmount[last]!, units[last]!)
    money.price_last[row] = price
    money.price_ratio[row] = ratio(price, ratio(net28, month.sums[day]!))
    money.discount_last[row] = ratio(discountAmount[last]!, netAmount[last]! + discountAmount[last]!)
    money.discount_share_28[row] = ratio(discount28, net28 + discount28)
    money.promoted_share_7[row] = ratio(sums.promoted7[day]!, week.sums[day]!)
    money.promoted_share_28[row] = ratio(sums.promoted28[day]!, month.sums[day]!)
    money.returned_share_90[row] = ratio(sums.returned90[day]!, quarter.sums[day]!)
    money[REVENUE][row] = sums.net90[day]!
  }

  /** The coefficient of variation of the sums of weeks that end on the origin's weekday. */
  function weeklyVariation(day: number, weeks: number): number {
    let sum = 0
    let squareSum = 0
    for (let ago = 0; ago < WEEKS_MAX && day >= 7 * ago; ago += 1) {
      const units = week.sums[day - 7 * ago]!
      sum += units
      squareSum += units * units
    }
    const mean = sum / weeks
    return ratio(Math.sqrt(Math.max(0, squareSum / weeks - mean * mean)), mean)
  }

  return {
    columns,
    origin,
    write(series, openDays, at) {
      findSales(series.units)
      const isActive = (day: number) => lastSale[day]! >= 0 && day - lastSale[day]! < WINDOW_DAYS_MAX
      const active = origins.filter(isActive)
      if (active.length === 0) return 0
      addUp(series, openDays, active)
      writeWindows(series, active, at)
      for (let row = 0; row < active.length; row += 1) {
        writePattern(series, active[row]!, at + row)
        writeMoney(series, active[row]!, at + row)
      }
      let row = at
      for (let place = 0; place < origins.length; place += 1) if (isActive(origins[place]!)) origin[row++] = place
      return active.length
    },
  }
}

const ratio = (part: number, whole: number): number => (whole === 0 ? Number.NaN : part / whole)

/** Every `step`-th value back from a place, `count` times; before the first value there are zeros. */
function sumBack(values: Float64Array, from: number, step: number, count: number): number {
  let sum = 0
  for (let ago = 0; ago < count && from - step * ago >= 0; ago += 1) sum += values[from - step * ago]!
  return sum
}
