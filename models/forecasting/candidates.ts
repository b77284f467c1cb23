/** The forecasts that are combined for a segment, and by which weights. */
import { croston, type DemandClass, movingAverage, simpleExponentialSmoothing, tsb } from './baselines.ts'
import { combine, type ErrorProducts } from './combination.ts'

export const CANDIDATES = [
  'xgboost',
  // Relative to the level of the season, or with another objective.
  'xgboost_season',
  'seasonal_naive',
  'weekday_mean',
  // With the season of a year.
  'weekday_mean_season',
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
  xgboost_season: number
  seasonal_naive: number
  /** What sold 364 days before; NaN where it is not known. */
  seasonal_naive_year: number
  /** Mean of the day's weekday over eight weeks; NaN where the series is younger than a week. */
  weekday_mean: number
  /** How much more sells in the season of the day ahead than in that of the last weeks: 1 where that is not known. */
  season: number
}

/** Never below zero, never NaN: what can't be computed falls back to the 28-day mean. */
export function candidateForecast(candidate: Candidate, inputs: CandidateInputs): number {
  const value = candidate === 'weekday_mean_season' ? weekdayMean(inputs) * inputs.season : inputs[candidate]
  return Number.isFinite(value) ? Math.max(0, value) : Math.max(0, inputs.moving_average_28)
}

const weekdayMean = ({ weekday_mean: mean, moving_average_28: flat }: CandidateInputs): number =>
  Number.isFinite(mean) ? mean : flat

/** What each forecast counts in their combination; one that is left out counts nothing. Together 1. */
export type Weights = Partial<Record<Candidate, number>>

/** Where nothing shows which is better, the boosters count alike. */
const PRIOR = CANDIDATES.map((candidate) => (candidate === 'xgboost' || candidate === 'xgboost_season' ? 0.5 : 0))

/** @param errors of `CANDIDATES`, in their order */
export function weigh(errors: ErrorProducts): Weights {
  const weights = combine(errors, PRIOR)
  return Object.fromEntries(
    CANDIDATES.map((name, index) => [name, weights[index]!]).filter(([, weight]) => weight !== 0),
  )
}
