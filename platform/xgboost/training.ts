/** What a training is given, and its result: shared by the thread and by those who ask it. */
import type { MatrixData } from './library.ts'

/** XGBoost's parameters by its own names, e.g. `{ objective: 'reg:tweedie', max_depth: 6 }`. */
export type BoosterParameters = Readonly<Record<string, string | number | readonly number[]>>

export interface TrainRequest {
  parameters: BoosterParameters
  /** Rounds at most. */
  rounds: number
  training: MatrixData | LabelledMatrix
  /** Held out: the metric on it is written down. */
  validation?: MatrixData
  /** After this many rounds each time; left out: after each. A metric takes about as long as a round. */
  evaluationRounds?: number
  /** Ends when the validation's metric has not fallen for this many rounds; the best round is the last one kept. */
  earlyStoppingRounds?: number
}

/** Rows that lie binned in the thread, to be trained on with one kind of labels and weights after another. */
export interface LoadedMatrix {
  readonly handle: number
  readonly features: readonly string[]
}

export interface LabelledMatrix {
  matrix: LoadedMatrix
  /** One a row. */
  labels: Float32Array
  /** One a row; a row of weight 0 teaches nothing. */
  weights: Float32Array
}

export interface Round {
  /** Counted from 1. */
  round: number
  /** The metric on the training and, when there is one, the validation matrix. */
  training: number
  validation?: number
}

export interface TrainedModel {
  /** XGBoost's own JSON, which any XGBoost of the version or newer loads. */
  model: Uint8Array
  rounds: number
  /** Of the rounds after which the metric was taken. */
  history: Round[]
  /** Mean gain of the splits on each feature that was used. */
  gains: Record<string, number>
}
