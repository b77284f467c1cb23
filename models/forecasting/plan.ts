/** What a demand forecast is made of: blocks of the horizon, quantiles, and which days train and which judge. */

import { addDays, dayNumber } from '../../contracts/calendar.ts'

/** Days ahead that share a booster, both ends included: 1 is the day after the origin. */
export interface HorizonBlock {
  first: number
  last: number
}

const BLOCKS = {
  day: [
    { first: 1, last: 7 },
    { first: 8, last: 14 },
    { first: 15, last: 28 },
    { first: 29, last: 42 },
    { first: 43, last: 91 },
    { first: 92, last: 182 },
  ],
  // Weeks are few: as many as sell alike share a booster.
  week: [
    { first: 1, last: 28 },
    { first: 29, last: 91 },
    { first: 92, last: 182 },
    { first: 183, last: 364 },
  ],
} as const satisfies Record<Frequency, readonly HorizonBlock[]>
/** Of days, later ones end with the horizon; of weeks all do. */
const WHOLE_BLOCKS_LAST = { day: 42, week: 0 } as const

/** Forecasts of farther days are not measured against what sold: every day would read as many days of forecasts. */
export const MEASURED_DAYS_MAX = 42

/** What a forecast of a user's own file is made of. A week begins on Monday. */
export const FREQUENCIES = ['day', 'week'] as const
export type Frequency = (typeof FREQUENCIES)[number]
export const PERIOD_DAYS = { day: 1, week: 7 } as const satisfies Record<Frequency, number>
/** Days or weeks ahead. */
export const HORIZON_MAX = { day: 182, week: 52 } as const satisfies Record<Frequency, number>
/** Days ahead that production forecasts at most. */
export const HORIZON_DAYS_MAX = HORIZON_MAX.day

export const blockName = ({ first, last }: HorizonBlock): string => `${first}-${last}`

/** The blocks that cover a horizon; of days one of up to 42 may end behind it. */
export function blocksFor(horizonDays: number, frequency: Frequency = 'day'): HorizonBlock[] {
  const most = HORIZON_MAX[frequency] * PERIOD_DAYS[frequency]
  if (!Number.isInteger(horizonDays) || horizonDays < 1 || horizonDays > most) {
    throw new RangeError(`a horizon of ${horizonDays} days: must be whole days, 1 to ${most}`)
  }
  return BLOCKS[frequency]
    .filter(({ first }) => first <= horizonDays)
    .map(({ first, last }) => ({
      first,
      last: last > WHOLE_BLOCKS_LAST[frequency] ? Math.min(last, horizonDays) : last,
    }))
}

/** In order, and each with its mirror image, so that two of them are an interval around the median. */
export const QUANTILES = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95] as const

/** The column of a quantile in a table of forecasts: q05 … q95. */
export const quantileColumn = (level: number): string => `q${String(Math.round(level * 100)).padStart(2, '0')}`

/** The columns of a forecast: the mean, the standard deviation of what sells around it, and the quantiles. */
export const FORECAST_NUMBERS: readonly string[] = ['mean', 'deviation', ...QUANTILES.map(quantileColumn)]

/** Those of a file, with the upper end of the 80 % interval, whose lower end is the 10 % quantile. */
export const FILE_FORECAST_NUMBERS: readonly string[] = [...FORECAST_NUMBERS, 'high_80']

/** Periods whose origins judge a fold: days, one for each weekday; or weeks, fewer of them in a short history. */
const JUDGED_PERIODS = { day: { most: 7, least: 7 }, week: { most: 4, least: 1 } } as const

/** Origins that train, and those that judge; dates are YYYY-MM-DD. */
export interface Fold {
  /** The last day whose sales may be trained on: the judged origins know no more. */
  trainThrough: string
  judged: string[]
}

/**
 * The newest fold of a rolling-origin validation: rounds and half-lives are chosen on it, and with others weights and quantiles are
 * read off it. What is chosen on a fold is not judged on it: see `trialOf`.
 *
 * @param origins days that have features, in order
 * @param through the last day whose sales are known
 * @param frequency of the origins
 * @returns undefined when there are too few days for this block
 */
export function foldOf(
  origins: readonly string[],
  through: string,
  { last }: HorizonBlock,
  frequency: Frequency = 'day',
): Fold | undefined {
  const to = addDays(through, -last)
  const { most, least } = JUDGED_PERIODS[frequency]
  for (let periods: number = most; periods >= least; periods -= 1) {
    const trainThrough = addDays(to, PERIOD_DAYS[frequency] * (1 - periods))
    const judged = origins.filter((origin) => origin >= trainThrough && origin <= to)
    const isTrainable = origins.some((origin) => addDays(origin, last) <= trainThrough)
    if (isTrainable && judged.length > 0) return { trainThrough, judged }
  }
  return undefined
}

/** Folds before the newest one: one week shows how its days differ, but not how weeks do. */
const EARLIER_FOLDS = 2
const FOLD_STEP_DAYS = { day: 14, week: 28 } as const
const YEAR_DAYS = 364
/** Longer blocks have the same season in every fold. */
const YEAR_FOLD_LAST_MAX = 91

/**
 * The folds before a newest one, as far as there are days to train on before them: those of the weeks before, and where there is a year
 * to train on the one of a year ago, whose days ahead are of the season of those to come.
 */
export function foldsBefore(
  origins: readonly string[],
  through: string,
  block: HorizonBlock,
  frequency: Frequency = 'day',
): Fold[] {
  const step = FOLD_STEP_DAYS[frequency]
  const ends = Array.from({ length: EARLIER_FOLDS }, (_, back) => addDays(through, -step * (back + 1)))
  const span = PERIOD_DAYS[frequency] * (JUDGED_PERIODS[frequency].most - 1)
  const yearAgo = addDays(through, block.last + Math.floor(span / 14) * 7 - YEAR_DAYS)
  const hasYears = origins.length > 0 && addDays(origins[0]!, YEAR_DAYS) <= addDays(yearAgo, -span - 2 * block.last)
  if (hasYears && block.last <= YEAR_FOLD_LAST_MAX) ends.push(yearAgo)
  return ends
    .map((day) =>
      foldOf(
        origins.filter((origin) => origin <= day),
        day,
        block,
        frequency,
      ),
    )
    .filter((fold) => fold !== undefined)
}

/**
 * The days that judge a block: a model is trained through the day before them, its own fold included, so that nothing of it was
 * fitted on them. As many periods as leave that fold, up to those of a fold.
 *
 * @param origins days that have features, in order
 * @param through the last day whose sales are known
 * @returns undefined when there are too few days for both
 */
export function trialOf(
  origins: readonly string[],
  through: string,
  block: HorizonBlock,
  frequency: Frequency = 'day',
): Fold | undefined {
  const to = addDays(through, -block.last)
  for (let periods: number = JUDGED_PERIODS[frequency].most; periods >= 1; periods -= 1) {
    const trainThrough = addDays(to, PERIOD_DAYS[frequency] * (1 - periods))
    const judged = origins.filter((origin) => origin >= trainThrough && origin <= to)
    const known = origins.filter((origin) => origin <= trainThrough)
    if (judged.length > 0 && foldOf(known, trainThrough, block, frequency)) return { trainThrough, judged }
  }
  return undefined
}

/**
 * A day counts half as much as one that came this many days later: by the shorter where prices, assortments and habits move on
 * fast, by the longer where the year before shows more. Which, is chosen on the fold.
 */
export const HALF_LIVES_DAYS = [28, 364] as const

/** Which part of an origin's rows are drawn to train on. */
export interface DrawnOrigin {
  origin: string
  /** Probability of each row, above 0 and at most 1. */
  probability: number
  /** Days that the origin represents: those since the one before. */
  days: number
}

/**
 * Draws rows as often as they will weigh, by either half-life: rows that hardly count are hardly read.
 *
 * @param origins in order, with how many rows each has
 * @param rowsMax how many rows are drawn, in the mean, at most
 */
export function drawByWeight(origins: readonly { origin: string; rows: number }[], rowsMax: number): DrawnOrigin[] {
  const last = dayNumber(origins.at(-1)!.origin)
  const spanned = origins.map(({ origin, rows }, index) => {
    const day = dayNumber(origin)
    return { origin, rows, days: index === 0 ? 1 : day - dayNumber(origins[index - 1]!.origin), age: last - day }
  })
  const weights = HALF_LIVES_DAYS.map((halfLife) => {
    const own = spanned.map(({ age, days }) => days * 0.5 ** (age / halfLife))
    const sum = own.reduce((total, weight, index) => total + weight * spanned[index]!.rows, 0)
    return own.map((weight) => weight / sum)
  })
  const densities = spanned.map((_, index) => weights.reduce((sum, own) => sum + own[index]!, 0))
  const expected = (scale: number) =>
    densities.reduce((sum, density, index) => sum + Math.min(1, scale * density) * spanned[index]!.rows, 0)
  const all = spanned.reduce((sum, { rows }) => sum + rows, 0)
  const wanted = Math.min(rowsMax, all)
  let [low, high] = [0, 1 / Math.min(...densities)]
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2
    if (expected(middle) <= wanted) low = middle
    else high = middle
  }
  const scale = all <= rowsMax ? high : low
  return spanned.map(({ origin, days }, index) => ({
    origin,
    days,
    probability: Math.min(1, scale * densities[index]!),
  }))
}

/** As many origins as `originsMax`, evenly spread, and of different weekdays. */
export function thinOrigins(origins: readonly string[], originsMax: number): string[] {
  let step = Math.max(1, Math.ceil(origins.length / originsMax))
  if (step % 7 === 0) step += 1
  // The newest one stays.
  return origins.filter((_, index) => (origins.length - 1 - index) % step === 0)
}
