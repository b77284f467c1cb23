/** What people decide about orders. The workflow of each order decides whether it is possible, and writes it down. */

import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import { impossible } from '../../activities/purchase-orders/purchase-order.ts'
import { endedStatuses, type OrderStatus } from '../../models/purchase-orders/purchase-order.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { BATCH_TASK_QUEUE } from '../../platform/temporal/temporal.ts'
import type { OrderAnswer } from '../../workflows/purchase-orders/purchase-order.ts'
import type { OrderUpdate, OrderUpdates } from '../../workflows/purchase-orders/requests.ts'
import type { Actor } from '../access/actor.ts'
import { ConflictError, NotFoundError, UnavailableError } from '../errors.ts'
import { answerOf, requireWorker } from '../temporal.ts'

export type { OrderUpdate } from '../../workflows/purchase-orders/requests.ts'

const ANSWER_MS_MAX = 30_000

export interface DecisionDependencies {
  pool: Pool
  temporal: Client
}

/** Who decides, and on what they have seen. */
interface DecisionMaker {
  by: Actor
  why?: string
  /** The revision that they have seen; when the order has changed since, nothing is done. Left out: as it is now. */
  revision?: number
  /** A decision that is asked again under the same id is carried out once, and answered again. Left out: another each time. */
  requestId?: string
}

type Particulars<Step extends OrderUpdate> = Omit<OrderUpdates[Step], 'decision' | 'reason' | 'revision'>

/**
 * A decision about an order: `approve`, `deny`, `cancel` and `resend` need nothing more; `delegate` takes `to`, `edit` takes `line`,
 * `quantity` (units, 0 drops the line) and `reasonCode` (of `ref.edit_reason`). When part of the order has been received, `cancel`
 * needs `why` and cancels the rest.
 */
export type OrderDecision<Step extends OrderUpdate = OrderUpdate> = DecisionMaker & Particulars<Step>

/** What became of the order. */
export interface DecidedOrder extends OrderAnswer {
  purchaseOrderId: string
}

/**
 * Asks the order's workflow to carry out a decision, and waits for its answer.
 *
 * @throws NotFoundError when there is no such order
 * @throws ConflictError when its state does not allow it, or it has changed; nothing was changed
 * @throws ForbiddenError when the person may not; nothing was changed
 * @throws InvalidError when a value is impossible
 * @throws UnavailableError when no worker runs, its workflow is missing, or there is no answer within 30 s
 */
export async function decideOrder<Step extends OrderUpdate>(
  { pool, temporal }: DecisionDependencies,
  purchaseOrderId: string,
  step: Step,
  { why, requestId, ...decision }: OrderDecision<Step>,
): Promise<DecidedOrder> {
  const { revision } = await readStatus(pool, purchaseOrderId)
  const { by, ...particulars } = decision
  const asked = { revision, ...particulars, ...(why !== undefined && { reason: why }) }
  await requireWorker(temporal, BATCH_TASK_QUEUE)
  // Who asks is taken from this row, which only a program that has authenticated them can write.
  const decisionId = randomUUID()
  await pool.query(statement('purchase-orders/ask_decision.sql'), [
    decisionId,
    purchaseOrderId,
    step,
    by,
    JSON.stringify(asked),
  ])
  const input = { ...asked, decision: decisionId }
  const handle = temporal.workflow.getHandle(`purchase-order-${purchaseOrderId}`)
  const request = { args: [input] as [object], ...(requestId !== undefined && { updateId: requestId }) }
  const answered = answerOf(handle.executeUpdate<OrderAnswer, [object]>(step, request))
  const answer = await within(purchaseOrderId, explained(pool, purchaseOrderId, step, answered))
  return { purchaseOrderId, ...answer }
}

interface FoundOrder {
  status: OrderStatus
  revision: number
}

async function readStatus(pool: Pool, purchaseOrderId: string): Promise<FoundOrder> {
  const { rows } = await pool.query<FoundOrder>(
    'select status, revision from ops.purchase_order where purchase_order_id = $1',
    [purchaseOrderId],
  )
  if (rows[0] === undefined) throw new NotFoundError('order', purchaseOrderId)
  return rows[0]
}

/** An order that has ended no longer has a workflow. */
async function explained(
  pool: Pool,
  purchaseOrderId: string,
  step: OrderUpdate,
  asked: Promise<OrderAnswer>,
): Promise<OrderAnswer> {
  try {
    return await asked
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error
    const { status } = await readStatus(pool, purchaseOrderId)
    if (endedStatuses.includes(status)) throw new ConflictError(impossible(purchaseOrderId, status, step))
    throw new UnavailableError(`${purchaseOrderId} has no workflow at the moment`, {
      fix: 'the schedule order-news starts one within an hour, `shelfline schedules run order-news` at once',
    })
  }
}

/** A worker that was there a moment ago may be gone. */
async function within(purchaseOrderId: string, asked: Promise<OrderAnswer>): Promise<OrderAnswer> {
  const waited = new AbortController()
  const tooLong = pause(ANSWER_MS_MAX, undefined, { signal: waited.signal }).then(() => {
    throw new UnavailableError(`${purchaseOrderId}: no answer within ${ANSWER_MS_MAX / 1000} s`, {
      fix: 'it may still be carried out: look at the order before you ask again',
    })
  })
  tooLong.catch(() => undefined)
  try {
    return await Promise.race([asked, tooLong])
  } finally {
    waited.abort()
  }
}
