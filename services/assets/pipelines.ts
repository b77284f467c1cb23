/** Starting a day's pipeline, and how far it is. */
import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowFailedError } from '@temporalio/client'
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/index.js'
import { lackingText, lackingUpstream } from '../../activities/backfill/lacking.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { BATCH_TASK_QUEUE } from '../../platform/temporal/temporal.ts'
import type { BuildDayInput, BuildDayOutput, BuildDayProgress } from '../../workflows/assets/build-day.ts'
import type * as workflows from '../../workflows/index.ts'
import type { TrainModelsInput } from '../../workflows/registry/train-models.ts'
import { describedBy } from '../../workflows/search-attributes.ts'
import { requireBegunDay } from '../backfill/days.ts'
import { ConflictError, InvalidError } from '../errors.ts'
import { requireWorker } from '../temporal.ts'
import { requireDate } from '../values.ts'

export type { BuildDayOutput, BuildDayProgress } from '../../workflows/assets/build-day.ts'

/** What a day can be run through. */
const pipelineWorkflows = {
  'daily-etl': 'dailyEtl',
  'feature-engineering': 'featureEngineering',
  'train-models': 'trainModels',
  'batch-prediction': 'batchPrediction',
} as const satisfies Record<string, keyof typeof workflows>

export type Pipeline = keyof typeof pipelineWorkflows

export interface PipelineDependencies {
  pool: Pool
  temporal: Client
  /** The zone that schedules are read in. */
  timeZone: string
}

export interface PipelineRequest {
  pipeline: Pipeline
  /** The store's day, YYYY-MM-DD; left out: yesterday. Models are trained on the days up to it. */
  date?: string | undefined
  /** Of `train-models`: only what was known at the end of this day counts. */
  asKnownAt?: string | undefined
}

type DayInput = BuildDayInput & Pick<TrainModelsInput, 'asKnownAt'>
type DayWorkflow = (input?: DayInput) => Promise<BuildDayOutput>

/**
 * Starts a pipeline for one day.
 *
 * @throws InvalidError when a day is impossible or has not begun
 * @throws ConflictError when the same run has not ended yet
 * @throws UnavailableError when no worker runs
 */
export async function startPipeline(
  { pool, temporal, timeZone }: PipelineDependencies,
  { pipeline, ...days }: PipelineRequest,
): Promise<{ workflowId: string }> {
  const input = inputOf(days)
  const { date, asKnownAt } = input
  if (date !== undefined) {
    await requireBegunDay(pool, timeZone, 'date', date)
    await requireUpstream(pool, pipeline, date)
  }
  await requireWorker(temporal, BATCH_TASK_QUEUE)
  const day = date ?? `day-before-${new Date().toISOString().slice(0, 10)}`
  const workflowId = `${pipeline}-${day}${asKnownAt === undefined ? '' : `-as-known-at-${asKnownAt}`}`
  try {
    await temporal.workflow.start<DayWorkflow>(pipelineWorkflows[pipeline], {
      taskQueue: BATCH_TASK_QUEUE,
      workflowId,
      args: [input],
      typedSearchAttributes: describedBy({ pipeline, ...(date !== undefined && { businessDate: date }) }),
    })
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    throw new ConflictError(`${workflowId} is running already`, { fix: 'wait for it, or cancel it in Temporal' })
  }
  return { workflowId }
}

/** Without it the workflow would report it; but a caller who does not wait for it would not see that. */
async function requireUpstream(pool: Pool, pipeline: Pipeline, date: string): Promise<void> {
  const { assets } = await import('../../activities/assets/index.ts')
  const lacking = await lackingUpstream(
    pool,
    assets.filter((asset) => asset.pipeline === pipeline),
    date,
  )
  if (lacking.size > 0)
    throw new ConflictError(`${pipeline} ${date}: ${lackingText([...lacking.values()].flat(), date)}`)
}

/** With `asKnownAt` alone, models are trained on the days up to it. */
function inputOf({ date, asKnownAt }: Pick<PipelineRequest, 'date' | 'asKnownAt'>): DayInput {
  if (date !== undefined) requireDate('date', date)
  if (asKnownAt === undefined) return date === undefined ? {} : { date }
  requireDate('asKnownAt', asKnownAt)
  if (date === undefined || date <= asKnownAt) return { date: date ?? asKnownAt, asKnownAt }
  throw new InvalidError(`is after ${asKnownAt}: nothing of that day was known then`, { field: 'date', value: date })
}

export interface PipelineProgress extends BuildDayProgress {
  /** By asset or model that is running: its step, such as `demand (boosting, 40 %)`. */
  steps: Record<string, string>
}

/** How far a run is. */
export async function readPipelineProgress(temporal: Client, workflowId: string): Promise<PipelineProgress> {
  const handle = temporal.workflow.getHandle(workflowId)
  const progress = await handle.query<BuildDayProgress, []>('progress')
  const isRunning = progress.assets.some(({ state }) => state === 'running')
  return { ...progress, steps: isRunning ? await stepsOf(temporal, workflowId) : {} }
}

interface TrainingStep {
  model: string
  step: string
  /** Share of it that is done. */
  done: number
}

/** What trainings report by their heartbeats. */
async function stepsOf(temporal: Client, workflowId: string): Promise<Record<string, string>> {
  const { raw } = await temporal.workflow.getHandle(workflowId).describe()
  const details = (raw.pendingActivities ?? []).flatMap(({ heartbeatDetails }) => heartbeatDetails?.payloads ?? [])
  const steps = await Promise.all(
    details.map((payload) =>
      decodeFromPayloadsAtIndex<Partial<TrainingStep> | null>(temporal.options.loadedDataConverter, 0, [payload]),
    ),
  )
  return Object.fromEntries(
    steps.flatMap((beat) => {
      if (beat?.model === undefined) return []
      const { model, step, done = 0 } = beat
      return [[model, `${model} (${step}${done > 0 ? `, ${Math.round(100 * done)} %` : ''})`]]
    }),
  )
}

/**
 * Waits until a run has ended.
 *
 * @throws Error with the workflow's reason when it failed
 */
export async function pipelineEnd(temporal: Client, workflowId: string): Promise<BuildDayOutput> {
  try {
    return await temporal.workflow.getHandle<DayWorkflow>(workflowId).result()
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error
    throw new Error(error.cause?.message ?? error.message, { cause: error })
  }
}
