/** What a demand forecast is made of: blocks of the horizon, quantiles, and which days train and which judge. */

import { addDays } from '../../contracts/calendar.ts'

/** Days ahead that share a booster, both ends included: 1 is the day after the origin. */
export interface HorizonBlock {
  first: number
  last: number
}

const blocks: readonly HorizonBlock[] = [
  { first: 1, last: 7 },
  { first: 8, last: 14 },
  { first: 15, last: 28 },
  { first: 29, last: 42 },
]

export const HORIZON_DAYS_MAX = 42

/** What a forecast of a user's own file is made of. A week begins on Monday. */
export const FREQUENCIES = ['day', 'week'] as const
export type Frequency = (typeof FREQUENCIES)[number]
export const PERIOD_DAYS = { day: 1, week: 7 } as const satisfies Record<Frequency, number>

export const blockName = ({ first, last }: HorizonBlock): string => `${first}-${last}`

/** The blocks that cover a horizon; the last one may end behind it. */
export function blocksFor(horizonDays: number): HorizonBlock[] {
  if (!Number.isInteger(horizonDays) || horizonDays < 1 || horizonDays > HORIZON_DAYS_MAX) {
    throw new RangeError(`a horizon of ${horizonDays} days: must be whole days, 1 to ${HORIZON_DAYS_MAX}`)
  }
  return blocks.filter(({ first }) => first <= horizonDays)
}

/** In order, and each with its mirror image, so that two of them are an interval around the median. */
export const QUANTILES = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95] as const

/** The column of a quantile in a table of forecasts: q05 … q95. */
export const quantileColumn = (level: number): string => `q${String(Math.round(level * 100)).padStart(2, '0')}`

/** Origins whose days ahead judge a fold: one for each weekday. */
const JUDGED_ORIGINS = 7

/** Origins that train, and those that judge; dates are YYYY-MM-DD. */
export interface Fold {
  /** The last day whose sales may be trained on: the judged origins know no more. */
  trainThrough: string
  judged: string[]
}

/**
 * The newest fold of a rolling-origin validation: rounds, objective and the choices between models are made on it, quantiles
 * are read off it and errors measured.
 *
 * @param origins days that have features, in order
 * @param through the last day whose sales are known
 * @returns undefined when there are too few days for this block
 */
export function foldOf(origins: readonly string[], through: string, { last }: HorizonBlock): Fold | undefined {
  const to = addDays(through, -last)
  const trainThrough = addDays(to, 1 - JUDGED_ORIGINS)
  const judged = origins.filter((origin) => origin >= trainThrough && origin <= to)
  const isTrainable = origins.some((origin) => addDays(origin, last) <= trainThrough)
  return isTrainable && judged.length > 0 ? { trainThrough, judged } : undefined
}

/** As many origins as `originsMax`, evenly spread, and of different weekdays. */
export function thinOrigins(origins: readonly string[], originsMax: number): string[] {
  let step = Math.max(1, Math.ceil(origins.length / originsMax))
  if (step % 7 === 0) step += 1
  // The newest one stays.
  return origins.filter((_, index) => (origins.length - 1 - index) % step === 0)
}
