/** Planning a day's orders. */
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { BATCH_TASK_QUEUE } from '../../platform/temporal/temporal.ts'
import type {
  ReplenishmentInput,
  ReplenishmentOutput,
  ReplenishmentProgress,
} from '../../workflows/replenishment/replenishment.ts'
import { requireBegunDay } from '../backfill/days.ts'
import { answerOf, requireWorker } from '../temporal.ts'
import { requireDate } from '../values.ts'
import { businessDay, type PlanScope, requireScope } from './scope.ts'

export type { ReplenishmentOutput } from '../../workflows/replenishment/replenishment.ts'

export interface PlanDependencies {
  pool: Pool
  temporal: Client
  /** Of the business, for what today is. */
  timeZone: string
}

export interface PlanRequest extends PlanScope {
  /** The day of the review, YYYY-MM-DD; left out: today. */
  date?: string
}

export interface StartedPlan {
  workflowId: string
  date: string
}

type Replenishment = (input?: ReplenishmentInput) => Promise<ReplenishmentOutput>

/**
 * Starts the workflow that drafts a day's orders and starts their approval. A run of the same day and scope that has not ended is
 * returned instead.
 *
 * @throws InvalidError when the day has not begun, or the location or supplier is impossible
 * @throws UnavailableError when no worker runs
 */
export async function startPlan(
  { pool, temporal, timeZone }: PlanDependencies,
  { date, location, supplier }: PlanRequest,
): Promise<StartedPlan> {
  if (date !== undefined) await requireBegunDay(pool, timeZone, 'date', requireDate('date', date))
  const scope = { ...(location && { location }), ...(supplier && { supplier }) }
  await requireScope(pool, scope)
  const day = date ?? (await businessDay(pool, timeZone))
  await requireWorker(temporal, BATCH_TASK_QUEUE)
  const workflowId = ['replenishment', day, location, supplier].filter((part) => part).join('-')
  const args: [ReplenishmentInput] = [{ date: day, ...scope }]
  try {
    await temporal.workflow.start<Replenishment>('replenishment', { taskQueue: BATCH_TASK_QUEUE, workflowId, args })
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
  }
  return { workflowId, date: day }
}

/** How far it is. */
export const readPlanProgress = (temporal: Client, workflowId: string): Promise<ReplenishmentProgress> =>
  temporal.workflow.getHandle(workflowId).query<ReplenishmentProgress, []>('progress')

/**
 * Waits until it has ended.
 *
 * @throws Error naming the locations that could not be planned; the others have been
 */
export const planResult = (temporal: Client, workflowId: string): Promise<ReplenishmentOutput> =>
  answerOf(temporal.workflow.getHandle<Replenishment>(workflowId).result())
