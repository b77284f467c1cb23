import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  rootCause,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import type { FailureType } from '../../activities/failures.ts'
import { localQueries, modelTraining } from '../activities.ts'
import {
  type AssetProgress,
  type BuildDayOutput,
  type BuildDayProgress,
  buildDayProgress,
} from '../assets/build-day.ts'
import { mapBounded } from '../assets/graph.ts'
import { assertDay } from '../assets/materialize.ts'
import { describedBy, scheduledStartTime } from '../search-attributes.ts'

/** Each takes threads and memory of its own; what a worker really takes is its setting. */
const MODELS_AT_ONCE_MAX = 2

export interface TrainModelsInput {
  /** The last day to train on, YYYY-MM-DD; left out: the day before the one on which the run was due. */
  date?: string
  /** Left out: every model. */
  models?: readonly string[]
  /** Days ahead that are trained for, 1 to 42; left out: each model's own. */
  horizonDays?: number
  seed?: number
  /** Train on what was known on this day; left out: all that is known. */
  asKnownAt?: string
}

/**
 * Trains the models, registers them, and promotes what is better. A model that there is too little history for is skipped, and
 * `warnings` has what it needs. From the Web UI: `{"date": "2024-05-01"}`, and
 * `{"date": "2024-05-01", "models": ["demand"]}` for some of them.
 *
 * @throws ApplicationFailure `ModelsFailed` naming what failed, after the other models are trained
 */
export async function trainModels({ models, date, ...request }: TrainModelsInput = {}): Promise<BuildDayOutput> {
  if (date !== undefined) assertDay('trainModels', date)
  if (request.asKnownAt !== undefined) assertDay('trainModels', request.asKnownAt)
  const progress: BuildDayProgress = { date: date ?? null, assets: [] }
  setHandler(buildDayProgress, () => progress)

  const at = (workflowInfo().typedSearchAttributes.get(scheduledStartTime) ?? workflowInfo().startTime).toISOString()
  const plan = await localQueries.planTraining({ at, ...(models && { models }), ...(date !== undefined && { date }) })
  progress.date = plan.date
  progress.assets = plan.models.map((asset) => ({ asset, state: 'waiting' }))
  upsertSearchAttributes(describedBy({ pipeline: 'train-models', businessDate: plan.date }))

  const output: BuildDayOutput = { date: plan.date, partitions: 0, rows: 0, warnings: {} }
  await mapBounded(progress.assets, MODELS_AT_ONCE_MAX, async (state) => {
    state.state = 'running'
    const startedAt = Date.now()
    try {
      // The summary is what the Web UI's timeline shows beside the step.
      const trained = await modelTraining.trainModel.executeWithOptions({ summary: state.asset }, [
        { ...request, date: plan.date, model: state.asset },
      ])
      Object.assign(state, { state: 'succeeded', rows: trained.trainingRows, durationMs: Date.now() - startedAt })
      output.partitions += 1
      output.rows += trained.trainingRows
      output.warnings[state.asset] = [`v${trained.version} ${trained.decision}`]
    } catch (error) {
      const reason = rootCause(error)
      if (isTooLittleHistory(error)) {
        Object.assign(state, { state: 'skipped', error: reason })
        output.warnings[state.asset] = [`skipped: ${reason}`]
        return
      }
      Object.assign(state, { state: 'failed', error: reason })
      if (isCancellation(error)) throw error
    }
  })
  assertAllTrained(progress.assets, plan.date)
  return output
}

function isTooLittleHistory(error: unknown): boolean {
  const type: FailureType = 'TooLittleHistory'
  return error instanceof ActivityFailure && error.cause instanceof ApplicationFailure && error.cause.type === type
}

function assertAllTrained(models: readonly AssetProgress[], date: string): void {
  const failed = models.filter(({ state }) => state === 'failed')
  if (failed.length === 0) return
  const type: FailureType = 'ModelsFailed'
  const errors = failed.map(({ asset, error }) => `${asset} failed (${error})`).join('; ')
  throw ApplicationFailure.nonRetryable(`trainModels ${date}: ${errors}`, type, { date, models })
}
