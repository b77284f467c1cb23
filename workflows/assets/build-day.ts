import {
  ApplicationFailure,
  defineQuery,
  isCancellation,
  patched,
  rootCause,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import type { DayQuestion } from '../../activities/backfill/partitions.ts'
import type { FailureType } from '../../activities/failures.ts'
import { localQueries } from '../activities.ts'
import { describedBy, scheduledStartTime } from '../search-attributes.ts'
import { runInOrder } from './graph.ts'
import { assertDay, materialize } from './materialize.ts'

/** Partitions of one day that are built at once; what a worker really takes is its own setting. */
const PARTITIONS_AT_ONCE_MAX = 4

export interface BuildDayInput {
  /** The store's day, YYYY-MM-DD; left out: the day before the one on which the run was due. */
  date?: string
}

export interface BuildDayOutput {
  date: string
  partitions: number
  rows: number
  /** What the checks that only warn have found, by asset. */
  warnings: Record<string, string[]>
}

export interface AssetProgress {
  /** An asset, or a step that follows them. */
  asset: string
  state: 'waiting' | 'running' | 'succeeded' | 'failed' | 'skipped'
  rows?: number
  durationMs?: number
  error?: string
}

export interface BuildDayProgress {
  date: string | null
  assets: AssetProgress[]
}

export const buildDayProgress = defineQuery<BuildDayProgress>('progress')

export interface DayPipeline {
  /** The workflow, for its messages. */
  workflow: string
  /** What the Web UI finds it by. */
  name: string
  /** Whose assets; left out: the daily load's. */
  assets?: DayQuestion['pipeline']
  /** What follows the assets, in order, also where some of them failed: a step does with what there is. */
  steps?: readonly DayStep[]
}

export interface DayStep {
  name: string
  run(date: string): Promise<{ rows: number; warnings: string[] }>
}

/**
 * Every asset of a pipeline for one day, each after what it is made from; then its steps.
 *
 * @throws ApplicationFailure `PartitionsFailed` naming what failed and what was skipped for it, after all has been tried
 */
export async function buildDay(pipeline: DayPipeline, input: BuildDayInput): Promise<BuildDayOutput> {
  if (input.date !== undefined) assertDay(pipeline.workflow, input.date)
  const progress: BuildDayProgress = { date: input.date ?? null, assets: [] }
  setHandler(buildDayProgress, () => progress)

  const scheduledAt = workflowInfo().typedSearchAttributes.get(scheduledStartTime)
  const day = await localQueries.planDay({
    ...input,
    at: (scheduledAt ?? workflowInfo().startTime).toISOString(),
    ...(pipeline.assets && { pipeline: pipeline.assets }),
  })
  progress.date = day.date
  const { steps = [] } = pipeline
  progress.assets = [...day.assets, ...steps].map(({ name }) => ({ asset: name, state: 'waiting' }))
  upsertSearchAttributes(describedBy({ pipeline: pipeline.name, businessDate: day.date }))

  const reason = scheduledAt === undefined ? 'requested' : 'scheduled'
  const output: BuildDayOutput = { date: day.date, partitions: 0, rows: 0, warnings: { ...day.warnings } }
  const results = await runInOrder(day.assets, PARTITIONS_AT_ONCE_MAX, async (asset) => {
    const state = progress.assets.find((candidate) => candidate.asset === asset)!
    const lacking = day.lacking?.[asset]
    if (lacking !== undefined) {
      Object.assign(state, { state: 'failed', error: lacking })
      return false
    }
    state.state = 'running'
    try {
      const { rows, durationMs, warnings } = await materialize({ asset, date: day.date, reason })
      Object.assign(state, { state: 'succeeded', rows, durationMs })
      output.partitions += 1
      output.rows += rows
      if (warnings.length > 0) output.warnings[asset] = [...(output.warnings[asset] ?? []), ...warnings]
      return true
    } catch (error) {
      if (isCancellation(error)) throw error
      Object.assign(state, { state: 'failed', error: rootCause(error) })
      return false
    }
  })
  for (const state of progress.assets) if (results.get(state.asset) === 'skipped') state.state = 'skipped'
  // Runs that are on record from before ended here when an asset had failed.
  const hasFailed = progress.assets.some(({ state }) => state === 'failed')
  if (steps.length > 0 && hasFailed && !patched('steps-follow-what-failed')) assertAllBuilt(pipeline.workflow, progress)
  for (const step of steps) await runStep(step, day.date, progress, output)
  assertAllBuilt(pipeline.workflow, progress)
  return output
}

async function runStep(
  { name, run }: DayStep,
  date: string,
  { assets }: BuildDayProgress,
  output: BuildDayOutput,
): Promise<void> {
  const state = assets.find(({ asset }) => asset === name)!
  state.state = 'running'
  const startedAt = Date.now()
  try {
    const { rows, warnings } = await run(date)
    Object.assign(state, { state: 'succeeded', rows, durationMs: Date.now() - startedAt })
    if (warnings.length > 0) output.warnings[name] = warnings
  } catch (error) {
    if (isCancellation(error)) throw error
    Object.assign(state, { state: 'failed', error: rootCause(error) })
  }
}

function assertAllBuilt(workflow: string, { date, assets }: BuildDayProgress): void {
  const failed = assets.filter(({ state }) => state === 'failed')
  if (failed.length === 0) return
  const skipped = assets.filter(({ state }) => state === 'skipped').map(({ asset }) => asset)
  const tail = skipped.length > 0 ? `; skipped, because they depend on these: ${skipped.join(', ')}` : ''
  const type: FailureType = 'PartitionsFailed'
  throw ApplicationFailure.nonRetryable(
    `${workflow} ${date}: ${failed.map(({ asset, error }) => `${asset} failed (${error})`).join('; ')}${tail}`,
    type,
    { date, assets },
  )
}
