import {
  type Approval,
  allows,
  endedStatuses,
  meaningOf,
  type OrderStatus,
  type OrderStep,
  stepsFrom,
} from '../../models/purchase-orders/purchase-order.ts'
import { setActing } from '../../platform/postgres/audit.ts'
import { inTransaction, type Pool, type PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { refuse } from '../failures.ts'
import type { OrderRequest, PurchaseOrder } from './order.ts'
import { type Change, takeStep } from './steps.ts'

export interface StepRequest {
  purchaseOrderId: string
  /** The same request is carried out once, however often it comes. */
  requestId: string
  request: OrderRequest
  /** Of an Update: its input as it came, which has to be that of its decision. */
  input?: unknown
}

export interface StepResult {
  order: PurchaseOrder
  /** One sentence for who asked. */
  message: string
}

export function createPurchaseOrderActivities({ pool }: { pool: Pool }) {
  return {
    /** @throws InvalidInput when there is no such order */
    readPurchaseOrder: (purchaseOrderId: string): Promise<PurchaseOrder> => readOrder(pool, purchaseOrderId),

    /**
     * Takes one step of an order: the order, its lines, what is remembered of it and the message about it change together
     * or not at all.
     *
     * @throws InvalidInput when there is no such order
     * @throws OrderRefused when the step can't be taken, with why; nothing was changed
     * @throws OrderForbidden when the person may not take it; nothing was changed
     */
    async stepPurchaseOrder(asked: StepRequest): Promise<StepResult> {
      return inTransaction(pool, (client) => step(client, asked))
    },
  }
}

export type PurchaseOrderActivities = ReturnType<typeof createPurchaseOrderActivities>

async function step(client: PoolClient, asked: StepRequest): Promise<StepResult> {
  const { purchaseOrderId, requestId, request } = asked
  await client.query(statement('purchase-orders/lock_order.sql'), [purchaseOrderId])
  const order = await readOrder(client, purchaseOrderId)
  const before = await findRequest(client, purchaseOrderId, requestId)
  if (before !== undefined) {
    return { order, message: `${purchaseOrderId}: this request was already carried out; the order is ${order.meaning}` }
  }
  assertPossible(order, request)
  const authentic = await authenticated(client, asked)
  const change = await takeStep(client, order, authentic)
  if (change === undefined) return { order, message: `${purchaseOrderId} is ${order.meaning}; nothing has changed` }
  if (!('status' in change)) return { order, message: `${purchaseOrderId}: ${change.message}` }
  await record(client, order, requestId, authentic, change)
  const changed = await readOrder(client, purchaseOrderId)
  return { order: changed, message: `${purchaseOrderId}: ${change.message ?? `it is ${changed.meaning}`}` }
}

/** What only a person who is known may ask for. */
const ofPeople: ReadonlySet<OrderStep> = new Set(['approve', 'deny', 'edit', 'delegate', 'cancel', 'resend'])

interface Decision {
  /** What was asked for. */
  input: Record<string, unknown>
  person: string
  proof: 'session' | 'token' | 'os_user'
}

/**
 * The request with the person who asks, from the row that was written when they were authenticated. From here on the audit log has them.
 *
 * @throws OrderForbidden when it is not known who asks, or something else was asked for
 */
async function authenticated(
  client: PoolClient,
  { purchaseOrderId, requestId, request, input }: StepRequest,
): Promise<OrderRequest> {
  const forbid = (why: string) => refuse('OrderForbidden', `${purchaseOrderId}: ${why}; nothing was done`)
  const { decision, ...particulars } = request
  if (decision === undefined) {
    if (!ofPeople.has(request.step)) return request
    throw forbid(
      `who asks to ${request.step} it is not known; decide in the web application, or with \`shelfline orders ${request.step}\``,
    )
  }
  const values = [decision, purchaseOrderId, requestId, request.step, JSON.stringify(input ?? null)]
  const { rows } = await client.query<Decision>(statement('purchase-orders/take_decision.sql'), values)
  const found = rows[0]
  if (found === undefined || !isSame(found.input, request)) {
    throw forbid(`the decision ${decision} is unknown, was used, is too old or was about something else: decide again`)
  }
  const { person, proof } = found
  await client.query(setActing({ via: 'batch', person, proof, request: requestId }, true))
  return { ...particulars, by: person }
}

/** The fields of a person's request are those of the decision. */
const decided = ['revision', 'reason', 'reasonCode', 'line', 'quantity', 'to'] as const

const isSame = (input: Record<string, unknown>, request: OrderRequest): boolean =>
  decided.every((name) => String(input[name] ?? '') === String(request[name] ?? ''))

async function findRequest(client: PoolClient, purchaseOrderId: string, requestId: string) {
  const { rows } = await client.query(statement('purchase-orders/find_request.sql'), [purchaseOrderId, requestId])
  return rows[0]
}

function assertPossible({ purchaseOrderId, status, revision }: PurchaseOrder, request: OrderRequest): void {
  if (!allows(status, request.step)) throw refuse('OrderRefused', impossible(purchaseOrderId, status, request.step))
  if (request.revision !== undefined && request.revision !== revision) {
    throw refuse(
      'OrderRefused',
      `${purchaseOrderId} has changed: it is at revision ${revision}, not ${request.revision}; check it again; nothing was done`,
    )
  }
}

/** Why a step can't be taken, and what can. */
export function impossible(purchaseOrderId: string, status: OrderStatus, step: OrderStep): string {
  const possible = stepsFrom(status).filter((name) => humanSteps.has(name))
  const way = possible.length > 0 ? `; possible: ${possible.join(', ')}` : ''
  return `${purchaseOrderId} is ${meaningOf[status]}: ${step} is not possible${way}; nothing was done`
}

const humanSteps: ReadonlySet<OrderStep> = new Set([
  'approve',
  'deny',
  'edit',
  'delegate',
  'cancel',
  'resend',
  'acknowledge',
  'invoice',
])

async function record(
  client: PoolClient,
  { purchaseOrderId, status, revision }: PurchaseOrder,
  requestId: string,
  { by, line, reasonCode, reason }: OrderRequest,
  change: Change,
): Promise<void> {
  await client.query(statement('purchase-orders/insert_action.sql'), [
    purchaseOrderId,
    requestId,
    by,
    change.action,
    line ?? null,
    reasonCode ?? null,
    reason ?? change.reason ?? null,
    JSON.stringify({ ...change.detail, status_before: status, status_after: change.status }),
  ])
  const values = [purchaseOrderId, revision, change.status, change.action]
  const { rowCount } = await client.query(statement('purchase-orders/update_order.sql'), values)
  // The row is locked: this can only be a writer that doesn't keep to the lock, and the attempt is made again.
  if (rowCount !== 1) throw new Error(`${purchaseOrderId}: revision ${revision} was changed in the meantime`)
  await client.query('select ops.publish_purchase_order($1)', [purchaseOrderId])
}

interface OrderRow {
  purchase_order_id: string
  supplier_id: string
  location_id: string
  review_date: string
  status: OrderStatus
  revision: number
  total_value: string
  currency: string
  approval_role: string | null
  approvals_needed: number
  approved_revision: number | null
  is_escalated: boolean
  escalates_in_ms: number | null
  expires_in_ms: number | null
  approvers: string[]
  approvals: Approval[] | null
  editors: string[]
  is_send_refused: boolean
  is_withdrawn: boolean
}

async function readOrder(database: Pool | PoolClient, purchaseOrderId: string): Promise<PurchaseOrder> {
  const { rows } = await database.query<OrderRow>(statement('purchase-orders/read_order.sql'), [purchaseOrderId])
  const row = rows[0]
  if (row === undefined) {
    throw refuse('InvalidInput', `purchase order ${purchaseOrderId} is unknown; \`shelfline orders list\` shows them`)
  }
  return {
    purchaseOrderId: row.purchase_order_id,
    supplierId: row.supplier_id,
    locationId: row.location_id,
    reviewDate: row.review_date,
    status: row.status,
    meaning: meaningOf[row.status],
    revision: row.revision,
    totalValue: row.total_value,
    currency: row.currency,
    steps: stepsFrom(row.status),
    isOver: endedStatuses.includes(row.status) && !row.is_withdrawn,
    approvalRole: row.approval_role,
    approvalsNeeded: row.approvals_needed,
    approvedRevision: row.approved_revision,
    approvers: row.approvers,
    approvals: row.approvals ?? [],
    editors: row.editors,
    isSendRefused: row.is_send_refused,
    isWithdrawn: row.is_withdrawn,
    isEscalated: row.is_escalated,
    escalatesInMs: row.escalates_in_ms,
    expiresInMs: row.expires_in_ms,
  }
}
