import { ApplicationFailure, CancelledFailure } from '@temporalio/activity'
import type { RunRequest } from '../../platform/ledger.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { currentLife, currentWorkflow, type Life } from '../activity-context.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { refuse } from '../failures.ts'
import { newestDay } from './begun-days.ts'
import { buildPartition, describe, findAsset, isLost, type Sharded } from './build-partition.ts'
import { type BackfillCell, makePlan, readCells } from './plans.ts'

const statements = {
  begin: statement('backfill/begin_plan.sql'),
  nextDates: statement('backfill/next_dates.sql'),
  failCell: statement('backfill/fail_cell.sql'),
  finish: statement('backfill/finish_plan.sql'),
  earlierCells: statement('backfill/earlier_cells.sql'),
}

/** Attempts to build a partition, with growing pauses, before its cell counts as failed. */
const CELL_ATTEMPTS_MAX = 3
const RETRY_PAUSE_MS = 1_000
/** A date waits this long on a worker for the days before it; then it frees its slot. */
const EARLIER_CELLS_PATIENCE_MS = 3_000

export interface PlanProgress {
  cells: number
  succeeded: number
  failed: number
}

/** What became of the cells of one date. */
export interface DateOutcome {
  succeeded: number
  failed: number
  /** The next cell has too many rows for one activity and has begun; the others wait for its shards. */
  sharded?: Sharded
  /** The next cell reads days before whose cells are still to be built. */
  isWaiting?: boolean
}

export function createBackfillActivities(dependencies: BatchDependencies) {
  const { pool, lake, assets, settings } = dependencies
  const { timeZone } = settings
  return {
    /** @throws ApplicationFailure `InvalidInput` when there is no such plan */
    async beginBackfill(plan: string): Promise<PlanProgress> {
      const { rows } = await pool.query<{ cells: number; succeeded: number }>(statements.begin, [plan])
      if (!rows[0]) throw refuse('InvalidInput', `backfill plan "${plan}" is unknown: \`shelfline backfill list\``)
      return { ...rows[0], failed: 0 }
    },

    /** The next dates with cells to build, in order; all are later than `after`. */
    async nextBackfillDates(request: { plan: string; after?: string; limit: number }): Promise<string[]> {
      const { rows } = await pool.query<{ date: string }>(statements.nextDates, [
        request.plan,
        request.after ?? null,
        request.limit,
      ])
      return rows.map(({ date }) => date)
    },

    /** Builds a date's cells that are still to build, each after its upstream. A cell that succeeded never runs again. */
    async materializeDate({ plan, date }: { plan: string; date: string }): Promise<DateOutcome> {
      const life = currentLife()
      const outcome: DateOutcome = { succeeded: 0, failed: 0 }
      const cells = await readCells(pool, plan, date)
      const failed = new Set(cells.filter(({ status }) => status === 'failed').map(({ asset }) => asset))
      for (const cell of cells.filter(({ status }) => status === 'planned')) {
        if (!(await earlierCellsSettled(dependencies, plan, cell, life))) return { ...outcome, isWaiting: true }
        // An attempt of this very work that has not learnt of its end may have settled the cell meanwhile.
        const { status } = (await readCells(pool, plan, date)).find(({ asset }) => asset === cell.asset)!
        const result = status === 'planned' ? await settleCell(dependencies, plan, cell, failed, life) : status
        if (typeof result === 'object') return { ...outcome, sharded: result }
        outcome[result] += 1
        if (result === 'failed') failed.add(cell.asset)
      }
      return outcome
    },

    async failCell(cell: { plan: string; date: string; asset: string; error: string }): Promise<void> {
      await pool.query(statements.failCell, [cell.plan, cell.date, cell.asset, cell.error])
    },

    /** Closes the plan: succeeded, failed, or cancelled when cells were left. */
    async finishBackfill(plan: string): Promise<{ status: string; succeeded: number; failed: number }> {
      const { rows } = await pool.query(statements.finish, [plan])
      return rows[0]
    },

    /** Plans the partitions that late data or a rebuilt upstream has made stale; null when there are none. */
    async planRepair(): Promise<string | null> {
      // Days ahead of the clock may be there from before they were refused.
      const { date: newest } = await newestDay(pool, timeZone)
      const { rows } = await pool.query<{ from: string | null; to: string | null }>(
        'select min(date) as "from", max(date) as "to" from ops.partition_ledger where date <= $1',
        [newest],
      )
      const { from, to } = rows[0]!
      if (from === null || to === null) return null
      const requested = assets.map(({ name }) => name)
      const reasons = ['late_data', 'input_changed'] as const
      return (await makePlan({ pool, lake, assets, timeZone }, { requested, from, to, forced: false, reasons })) ?? null
    },
  }
}

export type BackfillActivities = ReturnType<typeof createBackfillActivities>

/**
 * Waits a moment for the cells of the days before that this one reads. Not for longer: Temporal hands out dates in any order,
 * and those before may be waiting for the place on a worker that this date takes.
 *
 * @returns whether all of them are settled
 */
async function earlierCellsSettled(
  { pool, assets }: BatchDependencies,
  plan: string,
  { asset, date }: BackfillCell,
  life: Life,
): Promise<boolean> {
  const { daysBefore = {} } = findAsset(assets, asset)
  const untilMs = performance.now() + EARLIER_CELLS_PATIENCE_MS
  for (const [upstream, days] of Object.entries(daysBefore)) {
    for (;;) {
      const { rows } = await pool.query<{ open: boolean }>(statements.earlierCells, [plan, upstream, date, days])
      if (!rows[0]!.open) break
      if (performance.now() >= untilMs) return false
      await pause(RETRY_PAUSE_MS, life)
    }
  }
  return true
}

/** Builds one cell, unless what it is made from has failed. */
async function settleCell(
  dependencies: BatchDependencies,
  plan: string,
  { asset, date, reason }: BackfillCell,
  failedAssets: ReadonlySet<string>,
  life: Life,
): Promise<'succeeded' | 'failed' | Sharded> {
  const fail = async (error: string) => {
    await dependencies.pool.query(statements.failCell, [plan, date, asset, error])
    return 'failed' as const
  }
  const lacking = findAsset(dependencies.assets, asset).upstream.find((upstream) => failedAssets.has(upstream))
  if (lacking !== undefined) return fail(`its input ${lacking} failed`)
  try {
    const built = await buildPatiently(dependencies, { asset, date, reason, plan, ...currentWorkflow() }, life)
    return built.kind === 'sharded' ? built : 'succeeded'
  } catch (error) {
    // The run that took the partition over may be the next attempt of this very work: this one ends.
    if (life.signal.aborted || error instanceof CancelledFailure || isLost(error)) throw error
    return fail(describe(error))
  }
}

/** One bad partition must not delay the date for long, and one passing error must not fail the partition. */
async function buildPatiently(dependencies: BatchDependencies, request: RunRequest, life: Life) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await buildPartition(dependencies, request, life)
    } catch (error) {
      const isFinal = error instanceof ApplicationFailure && error.nonRetryable === true
      if (isFinal || isLost(error) || life.signal.aborted || attempt === CELL_ATTEMPTS_MAX) throw error
      dependencies.logger.warn({ ...request, attempt, error: describe(error) }, 'a partition is retried')
      await pause(RETRY_PAUSE_MS * 4 ** (attempt - 1), life)
    }
  }
}

/** Waits, and sends heartbeats: a cancellation arrives only with a heartbeat. */
function pause(milliseconds: number, { heartbeat, signal }: Life): Promise<void> {
  heartbeat()
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    signal.addEventListener('abort', stop, { once: true })
  })
}
