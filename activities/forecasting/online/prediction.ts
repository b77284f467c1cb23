/** What is asked and answered. */
import type { RawFeatures } from '../../../contracts/raw-features.ts'

export interface SeriesKey {
  storeId: string
  productId: string
}

export interface PredictionRequest extends SeriesKey {
  /** YYYY-MM-DD; left out: the day after the last one that is known. */
  targetDate?: string | undefined
  /** Of a product that the catalogue does not have. */
  category?: string | undefined
  department?: string | undefined
  /** On top of what is known of the series; of a series that is not known, all that there is. */
  features?: RawFeatures | undefined
}

export interface Prediction {
  /** `demand`, `weekday_mean`, `cold_start` or `ended`. */
  model: string
  /** In the registry; 0: the model is not registered there. */
  version: number
  /** The last day that was known. */
  featuresDate: string
  targetDate: string
  horizon: number
  mean: number
  /** Null: the model has none. */
  deviation: number | null
  /** For each of `QUANTILES`; null: the model has none. */
  quantiles: readonly number[] | null
}

export type Answer = Prediction | { refusal: string }

export const isRefused = (answer: Answer): answer is { refusal: string } => 'refusal' in answer
