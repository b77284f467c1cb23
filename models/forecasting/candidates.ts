/** The forecasts that compete for a segment, and how one is chosen. */
import { croston, type DemandClass, movingAverage, simpleExponentialSmoothing, tsb } from './baselines.ts'

/** In the order in which they are preferred when they are equally good. */
export const CANDIDATES = [
  'xgboost',
  'combination',
  'seasonal_naive',
  'weekday_mean',
  'moving_average_28',
  // Without a year of sales it is the 28-day mean, which then has the name.
  'seasonal_naive_year',
  'exponential_smoothing',
  'sba',
  'tsb',
] as const
export type Candidate = (typeof CANDIDATES)[number]

/** Classes of series that choose their own forecast. */
export const SEGMENTS = ['smooth', 'erratic', 'intermittent', 'lumpy'] as const satisfies readonly DemandClass[]
export type Segment = (typeof SEGMENTS)[number]

/** Forecasts from the series alone that are the same for every day ahead. */
export interface FlatForecasts {
  moving_average_28: number
  exponential_smoothing: number
  sba: number
  tsb: number
}

/** @param recent the last days of sales, oldest first */
export const flatForecasts = (recent: ArrayLike<number>): FlatForecasts => ({
  moving_average_28: movingAverage(recent, 28),
  exponential_smoothing: simpleExponentialSmoothing(recent),
  sba: croston(recent, { corrected: true }),
  tsb: tsb(recent, 0.1, 0.1),
})

/** What a row's candidates are made from. */
export interface CandidateInputs extends FlatForecasts {
  xgboost: number
  seasonal_naive: number
  /** What sold 364 days before; NaN where it is not known. */
  seasonal_naive_year: number
  /** Mean of the day's weekday over eight weeks; NaN where the series is younger than a week. */
  weekday_mean: number
}

/** Never below zero, never NaN: what can't be computed falls back to the 28-day mean. */
export function candidateForecast(candidate: Candidate, inputs: CandidateInputs): number {
  const value = candidate === 'combination' ? (inputs.xgboost + weekdayMean(inputs)) / 2 : inputs[candidate]
  return Number.isFinite(value) ? Math.max(0, value) : Math.max(0, inputs.moving_average_28)
}

const weekdayMean = ({ weekday_mean: mean, moving_average_28: flat }: CandidateInputs): number =>
  Number.isFinite(mean) ? mean : flat

/** Squared errors of every candidate over a segment's rows. */
export type SquaredErrors = Record<Candidate, number>

export const noErrors = (): SquaredErrors =>
  Object.fromEntries(CANDIDATES.map((candidate) => [candidate, 0])) as SquaredErrors

/**
 * The candidate of least squared error: it is the mean that is forecast, and absolute errors would choose the median, which
 * for goods that seldom sell is nothing at all.
 */
export function choose(errors: SquaredErrors): Candidate {
  let best: Candidate = CANDIDATES[0]
  for (const candidate of CANDIDATES) if (errors[candidate] < errors[best]) best = candidate
  return best
}
