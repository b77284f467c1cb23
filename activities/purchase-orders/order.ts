import type { Approval, OrderStatus, OrderStep } from '../../models/purchase-orders/purchase-order.ts'

/** An order as its workflow sees it. */
export interface PurchaseOrder {
  purchaseOrderId: string
  supplierId: string
  locationId: string
  reviewDate: string
  status: OrderStatus
  /** "waiting for approval", for messages. */
  meaning: string
  revision: number
  /** Decimal text. */
  totalValue: string
  currency: string
  /** What can be done to it now. */
  steps: OrderStep[]
  /** It has ended, and no one has to be notified of it. */
  isOver: boolean
  approvalRole: string | null
  approvalsNeeded: number
  approvedRevision: number | null
  /** Who approved it since it was last edited. */
  approvers: string[]
  /** The same, with the right that each of them used. */
  approvals: Approval[]
  editors: string[]
  /** Its supplier refused it: a person has to send it again, or cancel it. */
  isSendRefused: boolean
  /** It, or the rest of it, was cancelled by a person after it was approved: its supplier still has to be notified. */
  isWithdrawn: boolean
  isEscalated: boolean
  /** By the real clock; negative: it is time. Null: never. */
  escalatesInMs: number | null
  expiresInMs: number | null
}

/** What a person asks for. Which fields a step needs is checked by the workflow, before it is written down. */
export interface OrderRequest {
  step: OrderStep
  /** Shelfline itself, or an unknown client of Temporal. The person of a decision is in its row. */
  by: string
  /** The row of `ops.order_decision` with who asks, and what for. */
  decision?: string
  /** The revision that they have seen; when the order is another by now, nothing is done. */
  revision?: number
  reason?: string
  reasonCode?: string
  line?: number
  /** Decimal text, units. */
  quantity?: string
  /** Who may decide in their place. */
  to?: string
  invoice?: InvoiceRequest
  /** What else is to be remembered. */
  detail?: Record<string, unknown>
}

export interface InvoiceRequest {
  number: string
  lines: { product_id: string; quantity: string; unit_price: string }[]
}
