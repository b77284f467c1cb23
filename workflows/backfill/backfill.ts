import {
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  isCancellation,
  rootCause,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow'
import type { PlanProgress } from '../../activities/backfill/backfill.ts'
import { backfillDates, localQueries, maintenance } from '../activities.ts'
import { materializeShards } from '../assets/materialize.ts'
import { describedBy } from '../search-attributes.ts'

/** A run of the workflow takes this many dates, about 2,500 events, and hands the rest to the next. */
const DATES_PER_RUN = 250
const DEFAULT_CONCURRENCY = 2
export const BACKFILL_CONCURRENCY_MAX = 64

export interface BackfillInput {
  plan: string
  /** Dates that are built at once; the workers' own bound holds too. */
  concurrency?: number
  isPaused?: boolean
  /** Set from one run of the workflow to the next. */
  resumed?: { after: string; progress: PlanProgress }
}

export interface BackfillOutput {
  plan: string
  status: string
  succeeded: number
  failed: number
}

export interface BackfillState extends PlanProgress {
  plan: string
  concurrency: number
  isPaused: boolean
  /** The dates that are being built. */
  running: string[]
}

export const backfillState = defineQuery<BackfillState>('progress')
export const setBackfillConcurrency = defineSignal<[number]>('setConcurrency')
export const pauseBackfill = defineSignal('pause')
export const resumeBackfill = defineSignal('resume')

/** Builds a stored plan's cells, date by date. Killed and started again, it continues with what has not succeeded. */
export async function backfill(input: BackfillInput): Promise<BackfillOutput> {
  const { plan } = input
  const state: BackfillState = {
    plan,
    concurrency: input.concurrency ?? DEFAULT_CONCURRENCY,
    isPaused: input.isPaused ?? false,
    running: [],
    ...(input.resumed?.progress ?? { cells: 0, succeeded: 0, failed: 0 }),
  }
  setHandler(backfillState, () => state)
  setHandler(setBackfillConcurrency, (concurrency) => {
    state.concurrency = Math.min(Math.max(Math.trunc(concurrency) || 1, 1), BACKFILL_CONCURRENCY_MAX)
  })
  setHandler(pauseBackfill, () => {
    state.isPaused = true
  })
  setHandler(resumeBackfill, () => {
    state.isPaused = false
  })
  upsertSearchAttributes(describedBy({ pipeline: 'backfill' }))
  if (input.resumed === undefined) Object.assign(state, await localQueries.beginBackfill(plan))

  let after: string | undefined
  try {
    after = await buildDates(state, input.resumed?.after)
  } catch (error) {
    await CancellationScope.nonCancellable(() => localQueries.finishBackfill(plan))
    throw error
  }
  if (after !== undefined) {
    const { concurrency, isPaused, cells, succeeded, failed } = state
    const resumed = { after, progress: { cells, succeeded, failed } }
    return continueAsNew<typeof backfill>({ plan, concurrency, isPaused, resumed })
  }
  const outcome = await localQueries.finishBackfill(plan)
  await maintenance.refreshBi()
  return { plan, ...outcome }
}

/** Builds this run's share of the dates, `state.concurrency` at once; returns the last of them when more may follow. */
async function buildDates(state: BackfillState, after: string | undefined): Promise<string | undefined> {
  const { plan } = state
  const dates = await localQueries.nextBackfillDates({
    plan,
    ...(after !== undefined && { after }),
    limit: DATES_PER_RUN,
  })
  const running = new Set<Promise<void>>()
  let broken: unknown
  try {
    for (const date of dates) {
      await condition(() => broken !== undefined || (!state.isPaused && state.running.length < state.concurrency))
      if (broken !== undefined) throw broken
      state.running.push(date)
      const work = buildDate(state, date)
        .catch((error) => {
          broken = error
        })
        .finally(() => {
          state.running.splice(state.running.indexOf(date), 1)
          running.delete(work)
        })
      running.add(work)
    }
  } finally {
    await Promise.all(running)
  }
  if (broken !== undefined) throw broken
  return dates.length === DATES_PER_RUN ? dates.at(-1) : undefined
}

/** Builds one date, stopping for each partition that has to go by shards, and while it reads days that are not built yet. */
async function buildDate(state: BackfillState, date: string): Promise<void> {
  for (;;) {
    const { succeeded, failed, sharded, isWaiting } = await backfillDates.materializeDate({ plan: state.plan, date })
    state.succeeded += succeeded
    state.failed += failed
    if (isWaiting) {
      // Dates begin in their order, and the earliest waits for none: it ends whatever the others do.
      const earliest = state.running[0]!
      if (earliest !== date) await condition(() => !state.running.includes(earliest))
      continue
    }
    if (sharded === undefined) return
    try {
      await materializeShards(sharded, state.plan)
      state.succeeded += 1
    } catch (error) {
      if (isCancellation(error)) throw error
      const { asset } = sharded.run
      await localQueries.failCell({ plan: state.plan, date, asset, error: rootCause(error) ?? 'failed' })
      state.failed += 1
    }
  }
}
