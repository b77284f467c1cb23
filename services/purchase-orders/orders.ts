/** Orders to suppliers, as they are now. */
import type { StoredExplanation } from '../../activities/replenishment/replenishment.ts'
import { type OrderStatus, orderStatuses } from '../../models/purchase-orders/purchase-order.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { NotFoundError } from '../errors.ts'
import { keyBefore, limitOf, type Page, type PageRequest, pageOf } from '../pages.ts'
import { requireChoice } from '../values.ts'

export { allows, meaningOf, type OrderStatus, orderStatuses } from '../../models/purchase-orders/purchase-order.ts'
export type { ExplainedTerm } from '../../models/replenishment/order-line.ts'

/** Steps of an order's history that are shown at most: the newest. */
const ACTIONS_MAX = 200

export interface OrderFilter extends PageRequest {
  status?: OrderStatus
  supplier?: string
  /** A warehouse, or a store that no warehouse refills. */
  location?: string
  /** Only those that have not ended. */
  isOpen?: boolean
}

export interface ListedOrder {
  purchaseOrderId: string
  supplierId: string
  locationId: string
  /** The day of the plan that drafted it, YYYY-MM-DD. */
  reviewDate: string
  status: OrderStatus
  lines: number
  /** Decimal text, money. */
  totalValue: string
  currency: string
  /** YYYY-MM-DD; null: not known. */
  expectedOn: string | null
  /** Of the units ordered; null: none are. */
  receivedPercent: number | null
}

/**
 * Orders, the newest first.
 *
 * @throws InvalidError when a value of the filter is impossible
 */
export async function listOrders(pool: Pool, filter: OrderFilter = {}): Promise<Page<ListedOrder>> {
  const { status, supplier, location, isOpen = false } = filter
  if (status !== undefined) requireChoice('status', status, orderStatuses)
  const limit = limitOf(filter)
  const { rows } = await pool.query<ListedOrder>(statement('purchase-orders/list_orders.sql'), [
    status ?? null,
    supplier ?? null,
    location ?? null,
    isOpen,
    limit + 1,
    ...keyBefore(filter, ['date', 'text']),
  ])
  return pageOf(rows, limit, ({ reviewDate, purchaseOrderId }) => [reviewDate, purchaseOrderId])
}

/** A step of an order's workflow that failed and is retried. */
export interface OrderRetry {
  activity: string
  /** That failed. */
  attempts: number
  lastError: string
  lastTriedAt: string
  nextTryAt: string
}

/** How far the order, or its cancellation, is on its way to the supplier. */
export interface OrderSending {
  what: 'order' | 'cancellation'
  state: 'due' | 'retried' | 'refused'
  /** That failed; null: none, or their number is not known. */
  attempts: number | null
  lastError: string | null
  lastTriedAt: string | null
  nextTryAt: string | null
}

/** Quantities are decimal text, units; money is decimal text; instants are ISO 8601. */
export interface Order extends Omit<ListedOrder, 'lines' | 'receivedPercent'> {
  supplierName: string | null
  /** Counts its changes, from 1. */
  revision: number
  createdAt: string
  updatedAt: string
  /** Until when it waits for approval. */
  expiresAt: string | null
  approvalRole: string | null
  approvalsNeeded: number | null
  /** Why it needs the approval of a higher tier. */
  risks: string[]
  /** Null when nothing is to be sent. */
  sending: OrderSending | null
  retries: OrderRetry[]
  lineCount: number
  lines: OrderLine[]
  /** Its history, the oldest first: at most 200, the newest. */
  actions: OrderAction[]
}

export interface OrderLine {
  lineNo: number
  productId: string
  productName: string | null
  proposedQuantity: string
  quantity: string
  unitCost: string
  value: string
  receivedQuantity: string
  damagedQuantity: string
  cancelledQuantity: string
  bindingConstraint: string | null
}

export interface OrderAction {
  at: string
  by: string
  action: string
  lineNo: number | null
  reasonCode: string | null
  reason: string | null
  detail: Record<string, unknown>
}

/**
 * An order with its first lines and its history.
 *
 * @param limit lines at most, from 1 to 10,000
 * @throws NotFoundError when there is no such order
 */
export async function readOrder(pool: Pool, id: string, { limit }: { limit?: number } = {}): Promise<Order> {
  const { rows } = await pool.query<{ document: Order }>(statement('purchase-orders/show_order.sql'), [
    id,
    limitOf(limit === undefined ? {} : { limit }),
    ACTIONS_MAX,
  ])
  if (rows[0] === undefined) throw new NotFoundError('order', id)
  return rows[0].document
}

/** Why a line orders what it orders. */
export interface ExplainedLine {
  purchaseOrderId: string
  lineNo: number
  productId: string
  /** Decimal text, units. */
  quantity: string
  proposedQuantity: string
  currency: string
  /** As the plan wrote it. */
  explanation: StoredExplanation
}

/** @throws NotFoundError when there is no such line */
export async function explainLine(pool: Pool, order: string, line: number): Promise<ExplainedLine> {
  const { rows } = await pool.query<ExplainedLine>(statement('purchase-orders/explain_line.sql'), [order, line])
  if (rows[0] === undefined) throw new NotFoundError('order line', `${order}/${line}`)
  return rows[0]
}
