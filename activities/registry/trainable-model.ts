/** What the workflow `trainModels` asks of a model: to train itself on the lake, register the version, and decide. */

import type { Life } from '../activity-context.ts'
import type { LakeInput } from '../assets/framework/lake-input.ts'
import type { BatchDependencies } from '../dependencies.ts'

export interface TrainRequest {
  /** The last day to train on, YYYY-MM-DD. */
  date: string
  /** Days ahead that are trained for, 1 to 42, where a model forecasts; left out: the model's own. */
  horizonDays?: number
  seed?: number
  /** Train on what was known on this day; left out: all that is known. */
  asKnownAt?: string
}

export interface TrainedVersion {
  model: string
  version: number
  date: string
  trainingRows: number
  isChampion: boolean
  /** Why it became champion, or did not, with the figures. */
  decision: string
}

/** Called with what begins, and which part of all is done, 0 to 1. */
export type TellStep = (step: string, done: number) => void

export interface TrainableModel {
  /** As the registry and the lake name it: letters and underscores. */
  name: string
  /** The table whose newest day is the newest that the model can learn from. */
  learnsFrom: LakeInput
  /**
   * One attempt, from the beginning: ends within seconds of the signal of `life`, and registers nothing then.
   *
   * @throws ApplicationFailure `TooLittleHistory` when there is too little to train on, with the fix
   */
  train(
    dependencies: BatchDependencies,
    request: TrainRequest,
    life: Life,
    workflowId: string,
    onStep: TellStep,
  ): Promise<TrainedVersion>
}
