/** What each step of an order does, inside the transaction that the order is locked in. */
import {
  type ApprovalTier,
  countApprovals,
  type OrderStatus,
  type OrderStep,
  type RiskyLine,
  rightToApprove,
  risksOf,
  tierOf,
} from '../../models/purchase-orders/purchase-order.ts'
import type { PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { refuse } from '../failures.ts'
import type { OrderRequest, PurchaseOrder } from './order.ts'

/** What is written down of a step. */
export interface Change {
  /** Its name in the order's story. */
  action: string
  status: OrderStatus
  detail?: Record<string, unknown>
  /** The reason, where none was given. */
  reason?: string
  message?: string
}

/** Nothing is written; the caller gets the reason. */
interface Nothing {
  message: string
}

type Step = (client: PoolClient, order: PurchaseOrder, request: OrderRequest) => Promise<Change | Nothing | undefined>

const stepsByName: Record<OrderStep, Step> = {
  submit: (client, order) => submit(client, order),
  approve,
  deny,
  edit,
  delegate,
  escalate,
  expire: async (_, order) => ({ action: 'expire', status: 'expired', detail: { approvers: order.approvers } }),
  cancel,
  send: markSent,
  fail_send: async (_, { status }, { detail }) => ({ action: 'fail_send', status, ...(detail && { detail }) }),
  resend,
  acknowledge: async (_, __, { detail }) => ({
    action: 'acknowledge',
    status: 'acknowledged',
    ...(detail && { detail }),
  }),
  settle,
  invoice,
  withdraw: (_, order, { detail }) => withdrawn(order, { action: 'withdraw', ...(detail && { detail }) }),
  fail_withdraw: (_, order, { detail }) =>
    withdrawn(order, {
      action: 'fail_withdraw',
      reason: 'the supplier could not be notified: a person has to call them',
      ...(detail && { detail }),
    }),
  close: async () => ({ action: 'close', status: 'closed', reason: 'not all of it was invoiced in time' }),
}

/** @returns undefined when there is nothing to write down */
export const takeStep: Step = (client, order, request) => stepsByName[request.step](client, order, request)

// Approval.

/** Finds out who has to approve an order as it is now. */
async function submit(client: PoolClient, order: PurchaseOrder): Promise<Change> {
  const { rows: tiers } = await client.query<ApprovalTier>(statement('purchase-orders/read_tiers.sql'))
  const { rows } = await client.query<RiskRow>(statement('purchase-orders/read_risks.sql'), [order.purchaseOrderId])
  const { lines, settled_lines, fill, on_time } = rows[0]!
  const risks = risksOf(lines ?? [], { lines: settled_lines, fill, onTime: on_time })
  const { rows: values } = await client.query<{ value: number; is_edited: boolean }>(
    statement('purchase-orders/read_value.sql'),
    [order.purchaseOrderId],
  )
  const { value, is_edited } = values[0]!
  const tier = tierOf(tiers, value, risks, is_edited)
  await client.query(statement('purchase-orders/route_order.sql'), [order.purchaseOrderId, tier.fromValue, risks])
  const isAutomatic = tier.minimumApprovers === 0
  return {
    action: isAutomatic ? 'approve' : 'submit',
    status: isAutomatic ? 'approved' : 'awaiting_approval',
    detail: { tier_from_value: tier.fromValue, role: tier.role, approvals_needed: tier.minimumApprovers, risks },
    ...(isAutomatic && { reason: 'orders of this value need no approval' }),
  }
}

interface RiskRow {
  lines: RiskyLine[] | null
  settled_lines: number
  fill: number | null
  on_time: number | null
}

async function approve(client: PoolClient, order: PurchaseOrder, { by }: OrderRequest): Promise<Change> {
  const { purchaseOrderId, approvals, editors, approvalsNeeded } = order
  const rights = await assertMayApprove(client, order, by, 'approve')
  const found = rightToApprove(by, rights, approvals, editors)
  if ('reason' in found) throw no(order, found.reason)
  const on_behalf_of = found.right === by ? null : found.right
  const given = countApprovals([...approvals, { by, right: found.right }])
  const isApproved = given >= approvalsNeeded
  return {
    action: 'approve',
    status: isApproved ? 'approved' : 'awaiting_approval',
    detail: { ...(on_behalf_of !== null && { on_behalf_of }), given, needed: approvalsNeeded },
    ...(!isApproved && {
      message: `${given} of ${approvalsNeeded} approvals given; ${purchaseOrderId} waits for the rest`,
    }),
  }
}

async function deny(client: PoolClient, order: PurchaseOrder, { by }: OrderRequest): Promise<Change> {
  const rights = await assertMayApprove(client, order, by, 'deny')
  return { action: 'deny', status: 'denied', detail: rights.includes(by) ? {} : { on_behalf_of: rights[0] } }
}

async function delegate(client: PoolClient, order: PurchaseOrder, { by, to }: OrderRequest): Promise<Change> {
  if (to === by) throw no(order, `${by} can't be their own delegate`)
  await assertMayApprove(client, order, by, 'delegate')
  return { action: 'delegate', status: order.status, detail: { to }, message: `${to} may decide for ${by}` }
}

/** The higher roles may approve already; from now on they are notified too. */
async function escalate(client: PoolClient, order: PurchaseOrder): Promise<Change | undefined> {
  if (order.isEscalated) return undefined
  await client.query('update ops.purchase_order set escalated_at = ops.now() where purchase_order_id = $1', [
    order.purchaseOrderId,
  ])
  return { action: 'escalate', status: order.status, detail: { role: order.approvalRole } }
}

interface Permission {
  /** Whose roles they may use to approve it; null: no one's. */
  rights: string[] | null
}

async function readPermission(client: PoolClient, order: PurchaseOrder, by: string): Promise<Permission | undefined> {
  const { rows } = await client.query<Permission>(statement('purchase-orders/read_permission.sql'), [
    order.purchaseOrderId,
    by,
  ])
  return rows[0]
}

/** @returns whose rights they may use, at least one */
async function assertMayApprove(client: PoolClient, order: PurchaseOrder, by: string, verb: string): Promise<string[]> {
  const permission = await readPermission(client, order, by)
  if (permission?.rights) return permission.rights
  const { rows } = await client.query<{ people: string | null }>(statement('purchase-orders/list_permitted.sql'), [
    order.purchaseOrderId,
  ])
  const whoMay =
    rows[0]!.people ?? `no one yet; to give someone the role ${order.approvalRole}: \`shelfline orders approver\``
  throw forbidden(order, `${by} may not ${verb} it; allowed: ${whoMay}`)
}

// What people change.

interface LineRow {
  product_id: string
  quantity: string
  proposed_quantity: string
  pack_size: string
  is_whole_packs: boolean
  is_same: boolean
  below: string
  above: string
}

/** Changes the quantity of a line. Earlier approvals were for another order, so it is submitted again. */
async function edit(client: PoolClient, order: PurchaseOrder, request: OrderRequest): Promise<Change> {
  const { by, line, quantity, reasonCode, reason } = request
  await assertPermitted(client, order, by, 'edit')
  await assertReason(client, order, reasonCode, reason)
  const values = [order.purchaseOrderId, line, quantity]
  const { rows } = await client.query<LineRow>(statement('purchase-orders/read_line.sql'), values)
  const found = rows[0]
  if (found === undefined) throw no(order, `it has no line ${line}`)
  if (found.is_same) throw no(order, `the quantity of line ${line} is already ${found.quantity}`)
  if (!found.is_whole_packs) {
    throw no(
      order,
      `line ${line} has packs of ${found.pack_size}: order ${found.below} or ${found.above}, not ${quantity}`,
    )
  }
  const edited = await client.query<{ is_empty: boolean; total_value: string }>(
    statement('purchase-orders/edit_line.sql'),
    values,
  )
  if (edited.rows[0]!.is_empty)
    throw no(order, 'this is its only line with a quantity: deny or cancel the order instead')
  const routed = await submit(client, { ...order, editors: [...order.editors, by] })
  const { product_id, quantity: before, proposed_quantity: proposed } = found
  return {
    ...routed,
    action: 'edit',
    detail: { product_id, before, after: quantity, proposed, ...routed.detail },
    message: `line ${line} is ${quantity} instead of ${before}`,
  }
}

/** Cancels an order, or the rest of it if part was delivered: the delivered part stays, and is invoiced. */
async function cancel(client: PoolClient, order: PurchaseOrder, { by, reason }: OrderRequest): Promise<Change> {
  await assertPermitted(client, order, by, 'cancel')
  const { outstanding, received, has_received, is_settled } = await readDeliveries(client, order)
  if (!has_received) return { action: 'cancel', status: 'cancelled' }
  if (is_settled) throw no(order, 'nothing is outstanding, so there is nothing to cancel')
  if (reason === undefined) throw no(order, `${received} units were delivered: cancelling the rest requires a reason`)
  await client.query(statement('purchase-orders/give_up_lines.sql'), [order.purchaseOrderId])
  return {
    action: 'cancel',
    status: 'received',
    detail: { received, given_up: outstanding },
    message: `${outstanding} outstanding units cancelled; ${received} were delivered`,
  }
}

/** Sends the order again under the same name, so that a supplier who received it before still has it once. */
async function resend(client: PoolClient, order: PurchaseOrder, { by }: OrderRequest): Promise<Change> {
  await assertPermitted(client, order, by, 'resend')
  if (!order.isSendRefused) throw no(order, 'it is being sent')
  return { action: 'resend', status: order.status, message: 'it is sent again' }
}

async function assertPermitted(client: PoolClient, order: PurchaseOrder, by: string, verb: string): Promise<void> {
  if ((await readPermission(client, order, by)) !== undefined) return
  throw forbidden(
    order,
    `${by} may not ${verb} it; to see who may at ${order.locationId}: \`shelfline orders approver\``,
  )
}

async function assertReason(client: PoolClient, order: PurchaseOrder, code?: string, reason?: string): Promise<void> {
  const { rows } = await client.query<{ reason_code: string }>('select reason_code from ref.edit_reason order by 1')
  const codes = rows.map(({ reason_code }) => reason_code)
  if (!codes.includes(code ?? ''))
    throw no(order, `the reason code "${code}" is unknown: use one of ${codes.join(', ')}`)
  if (code === 'other' && reason === undefined) throw no(order, 'the reason code "other" requires a reason in words')
}

// What happens at the supplier.

async function markSent(client: PoolClient, order: PurchaseOrder, { detail }: OrderRequest): Promise<Change> {
  await client.query('update ops.purchase_order set sent_at = ops.now() where purchase_order_id = $1', [
    order.purchaseOrderId,
  ])
  return { action: 'send', status: 'sent', ...(detail && { detail }) }
}

/** The result of notifying the supplier of a cancellation; once only. */
const withdrawn = async ({ status, isWithdrawn }: PurchaseOrder, change: Omit<Change, 'status'>) =>
  isWithdrawn ? { ...change, status } : undefined

interface DeliveriesRow {
  outstanding: string
  is_settled: boolean
  received: string
  has_received: boolean
  damaged: string
  cancelled: string
  is_acknowledged: boolean
  is_overdue: boolean
  /** The sums that were written down last; null: none. */
  reported_before: Record<string, string> | null
}

async function readDeliveries(client: PoolClient, { purchaseOrderId }: PurchaseOrder): Promise<DeliveriesRow> {
  const { rows } = await client.query<DeliveriesRow>(statement('purchase-orders/read_deliveries.sql'), [
    purchaseOrderId,
  ])
  return rows[0]!
}

/** Brings the order's status to what its deliveries show; what is no longer expected is written off. */
async function settle(client: PoolClient, order: PurchaseOrder): Promise<Change | undefined> {
  const deliveries = await readDeliveries(client, order)
  const { outstanding, received, damaged, cancelled } = deliveries
  const detail = { outstanding, received, damaged, cancelled }
  const ended = deliveries.has_received ? 'received' : 'cancelled'
  if (deliveries.is_settled) return { action: 'receive', status: ended, detail }
  if (deliveries.is_overdue) {
    await client.query(statement('purchase-orders/give_up_lines.sql'), [order.purchaseOrderId])
    return {
      action: 'give_up',
      status: ended,
      detail,
      reason: 'still not delivered a lead time after the expected day',
    }
  }
  const status = deliveries.has_received
    ? 'partly_received'
    : deliveries.is_acknowledged
      ? 'acknowledged'
      : order.status
  const isChanged = Object.entries(detail).some(([name, sum]) => deliveries.reported_before?.[name] !== sum)
  if (deliveries.has_received) return isChanged ? { action: 'receive', status, detail } : undefined
  return status === order.status ? undefined : { action: 'acknowledge', status, detail }
}

/** An invoice counts once, by its supplier, its number and the order. One that is disputed does not count yet. */
async function invoice(
  client: PoolClient,
  order: PurchaseOrder,
  { by, invoice: asked }: OrderRequest,
): Promise<Change | Nothing> {
  const { lines } = asked!
  const number = asked!.number.trim()
  const values = [order.purchaseOrderId, JSON.stringify(lines)]
  const key = [order.supplierId, number, ...values]
  const { rows: taken } = await client.query<TakenInvoice>(statement('purchase-orders/find_invoice.sql'), key)
  if (taken[0]?.is_same)
    return { message: `invoice ${number} is already recorded with the same lines; nothing was done` }
  if (taken[0] !== undefined) {
    throw no(
      order,
      `invoice ${number} of ${order.supplierId} is already recorded with other lines (${taken[0].before}, not ` +
        `${taken[0].now}): give a correction another number`,
    )
  }
  const { rows: differences } = await client.query<{ product_id: string; difference: string }>(
    statement('purchase-orders/check_invoice.sql'),
    values,
  )
  if (differences.length > 0) {
    const list = differences.map(({ product_id, difference }) => `${product_id} ${difference}`).join('; ')
    return {
      action: 'dispute',
      status: order.status,
      detail: { invoice: number, lines, differences },
      message: `invoice ${number} does not match: ${list}`,
    }
  }
  await client.query(statement('purchase-orders/insert_invoice.sql'), [...key, by])
  const { rows } = await client.query<{ is_complete: boolean }>(statement('purchase-orders/take_invoice.sql'), values)
  const isClosed = rows[0]!.is_complete && order.status === 'received'
  return {
    action: 'invoice',
    status: isClosed ? 'closed' : order.status,
    detail: { invoice: number, lines },
    message: `invoice ${number} matches${isClosed ? '; the order is closed' : '; the rest is still to be invoiced'}`,
  }
}

interface TakenInvoice {
  is_same: boolean
  /** Its lines as they were recorded, and as they are now, in words. */
  before: string
  now: string
}

const no = ({ purchaseOrderId }: PurchaseOrder, why: string) =>
  refuse('OrderRefused', `${purchaseOrderId}: ${why}; nothing was done`)

const forbidden = ({ purchaseOrderId }: PurchaseOrder, why: string) =>
  refuse('OrderForbidden', `${purchaseOrderId}: ${why}; nothing was done`)
