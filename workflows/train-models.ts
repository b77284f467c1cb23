import { rootCause, setHandler, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow'
import { training } from './activities.ts'
import { type BuildDayOutput, type BuildDayProgress, buildDayProgress } from './build-day.ts'
import { assertDay } from './materialize.ts'
import { describedBy, scheduledStartTime } from './search-attributes.ts'

export interface TrainModelsInput {
  /** The last day to train on, YYYY-MM-DD; left out: the day before the one on which the run was due. */
  date?: string
  /** Days ahead that are trained for, 1 to 42; left out: 28. */
  horizonDays?: number
  seed?: number
  /** Train on what was known on this day; left out: all that is known. */
  asKnownAt?: string
}

/** Trains the models, registers them, and promotes what is better. From the Web UI: `{"date": "2024-05-01"}`. */
export async function trainModels(input: TrainModelsInput = {}): Promise<BuildDayOutput> {
  if (input.date !== undefined) assertDay('trainModels', input.date)
  if (input.asKnownAt !== undefined) assertDay('trainModels', input.asKnownAt)
  const demand: BuildDayProgress['assets'][number] = { asset: 'demand', state: 'running' }
  const progress: BuildDayProgress = { date: input.date ?? null, assets: [demand] }
  setHandler(buildDayProgress, () => progress)
  upsertSearchAttributes(
    describedBy({ pipeline: 'train-models', ...(input.date !== undefined && { businessDate: input.date }) }),
  )
  const scheduledAt = workflowInfo().typedSearchAttributes.get(scheduledStartTime)
  const startedAt = Date.now()
  try {
    const trained = await training.trainDemand({
      ...input,
      at: (scheduledAt ?? workflowInfo().startTime).toISOString(),
    })
    progress.date = trained.date
    const { trainingRows: rows, version, decision } = trained
    Object.assign(demand, { state: 'succeeded', rows, durationMs: Date.now() - startedAt })
    return { date: trained.date, partitions: 1, rows, warnings: { demand: [`v${version} ${decision}`] } }
  } catch (error) {
    Object.assign(demand, { state: 'failed', error: rootCause(error) })
    throw error
  }
}
