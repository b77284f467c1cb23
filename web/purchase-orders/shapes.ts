import { Type } from 'typebox'
import { orderStatuses } from '../../services/purchase-orders/orders.ts'
import { transferStates } from '../../services/replenishment/transfers.ts'
import { anyObject, choice, count, day, decimal, flag, instant, instantText, nullable, text } from '../shapes.ts'

const order = {
  purchaseOrderId: text,
  supplierId: text,
  locationId: text,
  reviewDate: day,
  status: choice(orderStatuses),
  totalValue: decimal,
  currency: text,
  expectedOn: nullable(day),
}

export const listedOrder = Type.Object({ ...order, lines: count, receivedPercent: nullable(Type.Number()) })

export const waitingOrder = Type.Object({
  purchaseOrderId: text,
  supplierId: text,
  locationId: text,
  totalValue: decimal,
  currency: text,
  role: text,
  given: count,
  needed: count,
  isEscalated: flag,
  expiresAt: nullable(instantText),
  risks: Type.Array(text),
  whoMay: Type.Array(text),
})

const tried = { lastError: nullable(text), lastTriedAt: nullable(instantText), nextTryAt: nullable(instantText) }

export const orderShape = {
  ...order,
  supplierName: nullable(text),
  revision: count,
  createdAt: instantText,
  updatedAt: instantText,
  expiresAt: nullable(instantText),
  approvalRole: nullable(text),
  approvalsNeeded: nullable(count),
  risks: Type.Array(text),
  sending: nullable(
    Type.Object({
      what: choice(['order', 'cancellation']),
      state: choice(['due', 'retried', 'refused']),
      attempts: nullable(count),
      ...tried,
    }),
  ),
  retries: Type.Array(
    Type.Object({
      activity: text,
      attempts: count,
      lastError: text,
      lastTriedAt: instantText,
      nextTryAt: instantText,
    }),
  ),
  lineCount: count,
  lines: Type.Array(
    Type.Object({
      lineNo: count,
      productId: text,
      productName: nullable(text),
      proposedQuantity: decimal,
      quantity: decimal,
      unitCost: decimal,
      value: decimal,
      receivedQuantity: decimal,
      damagedQuantity: decimal,
      cancelledQuantity: decimal,
      bindingConstraint: nullable(text),
    }),
  ),
  actions: Type.Array(
    Type.Object({
      at: instantText,
      by: text,
      action: text,
      lineNo: nullable(count),
      reasonCode: nullable(text),
      reason: nullable(text),
      detail: anyObject,
    }),
  ),
}

export const editReason = Type.Object({ code: text, meaning: text })

const transfer = {
  transferId: text,
  reviewDate: day,
  from: text,
  to: text,
  quantity: decimal,
  gain: decimal,
  currency: text,
  state: choice(transferStates),
  decidedBy: nullable(text),
  expiresAt: instant,
  arrivesAt: nullable(instant),
}

export const listedTransfer = Type.Object({ ...transfer, productName: text })

export const transferShape = {
  ...transfer,
  productId: text,
  shippedQuantity: decimal,
  goodUntil: nullable(day),
  /** As the plan wrote it. */
  explanation: Type.Object({ product_name: text, terms: Type.Array(Type.Object({ name: text, unit: text })) }),
  createdAt: instant,
  decidedAt: nullable(instant),
  reasonCode: nullable(text),
  reason: nullable(text),
  shippedAt: nullable(instant),
  closedAt: nullable(instant),
  mayDecide: flag,
  lots: Type.Array(
    Type.Object({ batchId: nullable(text), expiresOn: nullable(day), quantity: decimal, hasArrived: flag }),
  ),
}
