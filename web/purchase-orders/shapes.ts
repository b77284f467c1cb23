import { Type } from 'typebox'
import { deliveryStates, restockStatuses } from '../../services/purchase-orders/deliveries.ts'
import { orderStatuses } from '../../services/purchase-orders/orders.ts'
import { transferStates } from '../../services/replenishment/transfers.ts'
import {
  anyObject,
  choice,
  count,
  day,
  decimal,
  flag,
  instant,
  instantText,
  nullable,
  number,
  pageOf,
  text,
} from '../shapes.ts'

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

export const decidedOrder = Type.Object({
  purchaseOrderId: text,
  status: choice(orderStatuses),
  revision: count,
  message: text,
})

export const listedOrder = Type.Object({ ...order, lines: count, receivedPercent: nullable(number) })

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

export const deliveryShape = Type.Object({
  kind: choice(['order', 'plan', 'transfer']),
  id: text,
  placeId: text,
  supplierId: nullable(text),
  source: nullable(text),
  product: nullable(text),
  expectedOn: nullable(day),
  inDays: nullable(count),
  lines: count,
  outstanding: decimal,
  value: nullable(decimal),
  currency: nullable(text),
  state: choice(deliveryStates),
})

export const deliveriesShape = {
  ...pageOf(deliveryShape).properties,
  total: count,
  counts: Type.Partial(Type.Object({ late: count, today: count, short: count, coming: count })),
  shortfalls: Type.Array(
    Type.Object({
      purchaseOrderId: text,
      supplierName: text,
      placeId: text,
      productId: text,
      productName: text,
      ordered: decimal,
      received: decimal,
      damaged: decimal,
      missing: decimal,
      value: decimal,
      currency: text,
    }),
  ),
}

const restock = Type.Object({
  planId: text,
  storeId: text,
  storeName: text,
  timeZone: text,
  productId: text,
  productName: text,
  warehouseId: text,
  quantity: decimal,
  picked: decimal,
  available: decimal,
  capacity: decimal,
  status: choice(restockStatuses),
  isShort: flag,
  plannedAt: instant,
  dueAt: nullable(instant),
})

export const restocksShape = { ...pageOf(restock).properties, total: count }

export const deliveryDetailShape = Type.Object({
  ...orderShape,
  receipts: Type.Array(
    Type.Object({
      shipmentId: text,
      productId: text,
      status: choice(['announced', 'shipped', 'delivered', 'cancelled']),
      quantity: decimal,
      damaged: decimal,
      batchId: nullable(text),
      expiresOn: nullable(day),
      happenedAt: instant,
    }),
  ),
  invoices: Type.Array(Type.Object({ number: text, takenBy: text, takenAt: instant, lines: count })),
})
