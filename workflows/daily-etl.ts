import {
  ApplicationFailure,
  defineQuery,
  isCancellation,
  rootCause,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import type { FailureType } from '../activities/failures.ts'
import { local, maintaining } from './activities.ts'
import { runInOrder } from './graph.ts'
import { assertDay, materialize } from './materialize.ts'
import { describedBy, scheduledStartTime } from './search-attributes.ts'

/** Partitions of one day that are built at once; what a worker really takes is its own setting. */
const PARTITIONS_AT_ONCE_MAX = 4

export interface DailyEtlInput {
  /** The store's day, YYYY-MM-DD; left out: the day before the one on which the run was due. */
  date?: string
}

export interface DailyEtlOutput {
  date: string
  partitions: number
  rows: number
  /** What the checks that only warn have found, by asset. */
  warnings: Record<string, string[]>
}

export interface AssetProgress {
  asset: string
  state: 'waiting' | 'running' | 'succeeded' | 'failed' | 'skipped'
  rows?: number
  durationMs?: number
  error?: string
}

export interface DailyEtlProgress {
  date: string | null
  assets: AssetProgress[]
}

export const dailyEtlProgress = defineQuery<DailyEtlProgress>('progress')

/** Every asset for one day, each after what it is made from. From the Web UI: `{"date": "2024-05-01"}`. */
export async function dailyEtl(input: DailyEtlInput = {}): Promise<DailyEtlOutput> {
  if (input.date !== undefined) assertDay('dailyEtl', input.date)
  const progress: DailyEtlProgress = { date: input.date ?? null, assets: [] }
  setHandler(dailyEtlProgress, () => progress)

  const scheduledAt = workflowInfo().typedSearchAttributes.get(scheduledStartTime)
  const day = await local.planDay({ ...input, at: (scheduledAt ?? workflowInfo().startTime).toISOString() })
  progress.date = day.date
  progress.assets = day.assets.map(({ name }) => ({ asset: name, state: 'waiting' }))
  upsertSearchAttributes(describedBy({ pipeline: 'daily-etl', businessDate: day.date }))

  const reason = scheduledAt === undefined ? 'requested' : 'scheduled'
  const output: DailyEtlOutput = { date: day.date, partitions: 0, rows: 0, warnings: {} }
  const results = await runInOrder(day.assets, PARTITIONS_AT_ONCE_MAX, async (asset) => {
    const state = progress.assets.find((candidate) => candidate.asset === asset)!
    state.state = 'running'
    try {
      const { rows, durationMs, warnings } = await materialize({ asset, date: day.date, reason })
      Object.assign(state, { state: 'succeeded', rows, durationMs })
      output.partitions += 1
      output.rows += rows
      if (warnings.length > 0) output.warnings[asset] = warnings
      return true
    } catch (error) {
      if (isCancellation(error)) throw error
      Object.assign(state, { state: 'failed', error: rootCause(error) })
      return false
    }
  })
  for (const state of progress.assets) if (results.get(state.asset) === 'skipped') state.state = 'skipped'
  assertAllBuilt(progress)
  await maintaining.refreshBi()
  return output
}

/** @throws ApplicationFailure `PartitionsFailed` naming what failed and what was skipped for it */
function assertAllBuilt({ date, assets }: DailyEtlProgress): void {
  const failed = assets.filter(({ state }) => state === 'failed')
  if (failed.length === 0) return
  const skipped = assets.filter(({ state }) => state === 'skipped').map(({ asset }) => asset)
  const tail = skipped.length > 0 ? `; skipped, because they are made from these: ${skipped.join(', ')}` : ''
  const type: FailureType = 'PartitionsFailed'
  throw ApplicationFailure.nonRetryable(
    `dailyEtl ${date}: ${failed.map(({ asset, error }) => `${asset} failed (${error})`).join('; ')}${tail}`,
    type,
    { date, assets },
  )
}
