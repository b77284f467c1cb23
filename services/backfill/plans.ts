/** Backfill plans that are stored: reading, running and changing them. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import {
  type BackfillCell,
  type BackfillPlan,
  backfillWorkflowId,
  findPlanMoves,
  listPlans,
  readCells,
  readPlan,
} from '../../activities/backfill/plans.ts'
import type { LedgerMove } from '../../activities/backfill/staleness.ts'
import { type AuditedChange, recordAction } from '../../platform/postgres/audit.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { BACKFILL_TASK_QUEUE } from '../../platform/temporal/temporal.ts'
import type { BackfillState, backfill } from '../../workflows/backfill/backfill.ts'
import { describedBy } from '../../workflows/search-attributes.ts'
import { ConflictError, NotFoundError } from '../errors.ts'
import { keyBefore, limitOf, type Page, type PageRequest, pageOf } from '../pages.ts'
import { requireWorker } from '../temporal.ts'
import { requireCount, requireDate } from '../values.ts'

export { unbuiltText } from '../../activities/backfill/lacking.ts'
export type { BackfillPlan } from '../../activities/backfill/plans.ts'

export interface BackfillDependencies {
  pool: Pool
  temporal: Client
}

export interface RunOptions {
  /** Dates that are built at once, 1 to 64; left out: 2. */
  concurrency?: number | undefined
}

export const CONCURRENCY_MAX = 64

/** The newest plans first. @throws InvalidError when the page is impossible */
export async function readPlans(pool: Pool, page: PageRequest = {}): Promise<Page<BackfillPlan>> {
  const limit = limitOf(page)
  const [before] = keyBefore(page, ['text'])
  return pageOf(await listPlans(pool, limit + 1, before ?? undefined), limit, ({ plan }) => [plan])
}

/** @throws NotFoundError */
export async function requirePlan(pool: Pool, name: string): Promise<BackfillPlan> {
  const plan = await readPlan(pool, name)
  if (plan === undefined) throw new NotFoundError('plan', name)
  return plan
}

/**
 * A plan's partitions in the order in which they are built, with the error of those that failed.
 *
 * @param date only of this day
 * @throws NotFoundError, InvalidError when the day is none
 */
export async function readPlanCells(
  pool: Pool,
  name: string,
  { date }: { date?: string } = {},
): Promise<BackfillCell[]> {
  if (date !== undefined) requireDate('date', date)
  await requirePlan(pool, name)
  return readCells(pool, name, date)
}

/** What a plan has of one asset. */
export interface PlannedAsset {
  asset: string
  cells: number
  succeeded: number
  failed: number
  from: string
  to: string
  /** From past runs; null when there are none. */
  estimatedMs: number | null
  reasons: string[]
}

export interface FailedCell {
  asset: string
  date: string
  reason: string
  error: string | null
}

const FAILED_CELLS_MAX = 50

/** A plan by asset, and its newest failures: at most 50. @throws NotFoundError */
export async function summarisePlan(
  pool: Pool,
  name: string,
): Promise<{ assets: PlannedAsset[]; failures: FailedCell[] }> {
  await requirePlan(pool, name)
  const assets = await pool.query<PlannedAsset>(statement('backfill/summarise_cells.sql'), [name])
  const failures = await pool.query<FailedCell>(statement('backfill/failed_cells.sql'), [name, FAILED_CELLS_MAX])
  return { assets: assets.rows, failures: failures.rows }
}

/** What the workflow of a plan does now. */
export interface BackfillRun {
  state: 'running' | 'paused' | 'cancelling'
  /** Dates that are built at once; null while no worker answers. */
  concurrency: number | null
  /** The dates that are being built. */
  dates: string[]
}

export interface Backfill {
  plan: BackfillPlan
  /** Null: no workflow runs it. A plan that is `running` all the same was killed, and can be resumed. */
  run: BackfillRun | null
}

/** How far a plan is. @throws NotFoundError */
export async function readBackfill({ pool, temporal }: BackfillDependencies, name: string): Promise<Backfill> {
  const plan = await requirePlan(pool, name)
  const state = plan.status === 'running' ? await stateOf(temporal, name) : 'ended'
  if (state === 'ended') return { plan, run: null }
  const progress = await handleOf(temporal, name)
    .query<BackfillState, []>('progress')
    .catch(() => undefined)
  const run = { concurrency: progress?.concurrency ?? null, dates: progress?.running ?? [] }
  if (state === 'cancelling') return { plan, run: { state, ...run } }
  return { plan, run: { state: progress?.isPaused ? 'paused' : 'running', ...run } }
}

export interface StartedBackfill {
  plan: string
  workflowId: string
}

/**
 * Runs a plan.
 *
 * @throws NotFoundError
 * @throws ConflictError when it is done or runs already
 * @throws PlanOutdatedError when the ledger has changed since it was made
 * @throws UnavailableError when no worker runs
 */
export async function applyPlan(
  { pool, temporal }: BackfillDependencies,
  name: string,
  { concurrency }: RunOptions = {},
): Promise<StartedBackfill> {
  if (concurrency !== undefined) requireConcurrency(concurrency)
  const plan = await requirePlan(pool, name)
  await requireCurrent(pool, plan)
  if (plan.succeeded === plan.cells) throw new ConflictError(`plan ${name} is done: all its partitions are built`)
  const state = await stateOf(temporal, name)
  refuseCancelling(name, state)
  if (state === 'running') {
    const fix = `\`shelfline backfill status ${name}\` shows how far it is`
    throw new ConflictError(`plan ${name} is running already`, { fix })
  }
  await requireWorker(temporal, BACKFILL_TASK_QUEUE)
  await recordAction(pool, { action: 'apply', object: 'backfill', id: name })
  const { workflowId } = await temporal.workflow.start<typeof backfill>('backfill', {
    taskQueue: BACKFILL_TASK_QUEUE,
    workflowId: backfillWorkflowId(name),
    args: [{ plan: name, ...(concurrency !== undefined && { concurrency }) }],
    typedSearchAttributes: describedBy({ pipeline: 'backfill' }),
  })
  return { plan: name, workflowId }
}

export interface EndedBackfill {
  plan: BackfillPlan
  /** Why the workflow failed; null when it did not, as when only partitions failed. */
  problem: string | null
}

/** Waits until the workflow of a plan has ended. @throws NotFoundError */
export async function backfillEnd({ pool, temporal }: BackfillDependencies, name: string): Promise<EndedBackfill> {
  await requirePlan(pool, name)
  const problem = await handleOf(temporal, name)
    .result()
    .then(
      () => null,
      (error: Error) => (error.cause instanceof Error ? error.cause.message : error.message),
    )
  return { plan: await requirePlan(pool, name), problem }
}

/**
 * Continues a plan that was paused; starts one again that was cancelled or killed, or whose partitions failed.
 *
 * @throws ConflictError when it is being cancelled; else as `applyPlan` does
 */
export async function resumeBackfill(
  dependencies: BackfillDependencies,
  name: string,
  options: RunOptions = {},
): Promise<StartedBackfill & { action: 'resumed' | 'started' }> {
  const { pool, temporal } = dependencies
  const { concurrency } = options
  if (concurrency !== undefined) requireConcurrency(concurrency)
  await requirePlan(pool, name)
  const state = await stateOf(temporal, name)
  if (state === 'ended') return { ...(await applyPlan(dependencies, name, options)), action: 'started' }
  refuseCancelling(name, state)
  const handle = handleOf(temporal, name)
  await recordAction(pool, { action: 'resume', object: 'backfill', id: name })
  await handle.signal('resume')
  if (concurrency !== undefined) await handle.signal('setConcurrency', concurrency)
  return { plan: name, workflowId: handle.workflowId, action: 'resumed' }
}

/** Starts no more dates; those that are being built are finished. @throws as `changeRunning` does */
export const pauseBackfill = (dependencies: BackfillDependencies, name: string): Promise<void> =>
  changeRunning(dependencies, { action: 'pause', id: name }, (handle) => handle.signal('pause'))

/** Changes how many dates are built at once, 1 to 64. @throws as `changeRunning` does */
export async function setBackfillConcurrency(
  dependencies: BackfillDependencies,
  name: string,
  concurrency: number,
): Promise<void> {
  requireConcurrency(concurrency)
  const change = { action: 'set_concurrency', id: name, after: { concurrency } }
  await changeRunning(dependencies, change, (handle) => handle.signal('setConcurrency', concurrency))
}

/** Stops a plan; what is built stays, and it can be resumed. @throws as `changeRunning` does */
export const cancelBackfill = (dependencies: BackfillDependencies, name: string): Promise<void> =>
  changeRunning(dependencies, { action: 'cancel', id: name }, async (handle) => {
    await handle.cancel()
  })

/** @throws NotFoundError; ConflictError when the plan does not run or is being cancelled */
async function changeRunning(
  { pool, temporal }: BackfillDependencies,
  { id: name, ...audited }: Omit<AuditedChange, 'object' | 'id'> & { id: string },
  change: (handle: ReturnType<typeof handleOf>) => Promise<void>,
): Promise<void> {
  await requirePlan(pool, name)
  const state = await stateOf(temporal, name)
  if (state === 'ended') throw notRunning(name)
  refuseCancelling(name, state)
  await recordAction(pool, { ...audited, object: 'backfill', id: name })
  await change(handleOf(temporal, name)).catch((error) => {
    // It has ended since it was looked up.
    throw error instanceof WorkflowNotFoundError ? notRunning(name) : error
  })
}

const requireConcurrency = (concurrency: number): number => requireCount('concurrency', concurrency, 1, CONCURRENCY_MAX)

const handleOf = (temporal: Client, name: string) =>
  temporal.workflow.getHandle<typeof backfill>(backfillWorkflowId(name))

type RunState = 'running' | 'cancelling' | 'ended'

async function stateOf(temporal: Client, name: string): Promise<RunState> {
  try {
    const { status, raw } = await handleOf(temporal, name).describe()
    if (status.name !== 'RUNNING') return 'ended'
    return raw.workflowExtendedInfo?.cancelRequested ? 'cancelling' : 'running'
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'ended'
    throw error
  }
}

const notRunning = (name: string) =>
  new ConflictError(`plan ${name} is not running`, { fix: `\`shelfline backfill status ${name}\` shows why` })

/** What a workflow is sent while it is being cancelled would be lost with it. */
function refuseCancelling(name: string, state: RunState): void {
  if (state !== 'cancelling') return
  const fix = `wait until \`shelfline backfill status ${name}\` shows cancelled, then \`shelfline backfill resume ${name}\``
  throw new ConflictError(`plan ${name} is being cancelled`, { fix })
}

const MOVES_NAMED_MAX = 20

/** Partitions of a plan that others have built, begun or removed since it was made. */
export class PlanOutdatedError extends ConflictError {
  readonly moves: readonly LedgerMove[]

  constructor({ plan, assets, from, to }: BackfillPlan, moves: readonly LedgerMove[]) {
    const lines = moves.slice(0, MOVES_NAMED_MAX).map(({ asset, date, plannedReason, status, workflowId }) => {
      const now = workflowId === null ? 'removed from the ledger' : `${status} by ${workflowId}`
      return `  ${asset} ${date}: planned as ${plannedReason}, now ${now}`
    })
    if (moves.length > MOVES_NAMED_MAX) lines.push(`  and ${moves.length - MOVES_NAMED_MAX} more`)
    super([`plan ${plan} is out of date, the ledger has changed since:`, ...lines, 'a new plan is needed'].join('\n'), {
      fix: `\`shelfline backfill plan --assets ${assets.join(',')} --from ${from} --to ${to}\``,
    })
    this.moves = moves
  }
}

async function requireCurrent(pool: Pool, plan: BackfillPlan): Promise<void> {
  const moves = await findPlanMoves(pool, plan)
  if (moves.length > 0) throw new PlanOutdatedError(plan, moves)
}
