/** What may be asked of an order, as plain JSON: looked at before anything is written down. */
import { ApplicationFailure } from '@temporalio/workflow'
import type { FailureType } from '../../activities/failures.ts'
import type { OrderRequest, PurchaseOrder } from '../../activities/purchase-orders/order.ts'

interface Decision {
  /** The row of `ops.order_decision` with who asks: without one it is not known who asks. */
  decision: string
  /** Why. */
  reason?: string
  /** The revision that the person has seen: when the order is another by now, nothing is done. */
  revision?: number
}

/** What each Update takes. */
export interface OrderUpdates {
  approve: Decision
  deny: Decision
  /** When something of it has come, only the rest is cancelled, and `reason` must be given. */
  cancel: Decision
  /** Sends an order again that its supplier refused. */
  resend: Decision
  delegate: Decision & { to: string }
  /** Another quantity of a line, in units; 0 drops it. The codes are in `ref.edit_reason`. */
  edit: Decision & { line: number; quantity: number | string; reasonCode: string }
  /** Of the supplier, which the Web UI may send too. */
  acknowledge: Partial<Decision> & { reference?: string }
  invoice: Partial<Decision> & {
    number: string
    lines: { product: string; quantity: number | string; unitPrice: number | string }[]
  }
}

export type OrderUpdate = keyof OrderUpdates

const NAME_CHARACTERS_MAX = 100
const TEXT_CHARACTERS_MAX = 500
const INVOICE_LINES_MAX = 1_000
/** As contracts have it: no sign, at most six places. */
const DECIMAL = /^\d{1,12}(\.\d{1,6})?$/
/** The name that Shelfline acts under. */
const RESERVED = 'shelfline'
/** The sender of an Update without a decision: the Temporal Web UI, or another client of Temporal. */
const UNKNOWN = 'Temporal client'

/**
 * The request in an Update's input.
 *
 * @throws ApplicationFailure `InvalidInput` naming the field, its value and what is required
 */
export function parseRequest(step: OrderUpdate, input: unknown): OrderRequest {
  if (typeof input !== 'object' || input === null) throw wrong(step, `its input is an object such as ${examples[step]}`)
  const fields = input as Record<string, unknown>
  const { decision, revision, reason } = fields
  return {
    step,
    by: UNKNOWN,
    ...(isGiven(decision) && { decision: identifierOf(step, 'decision', decision) }),
    ...(isGiven(reason) && { reason: textOf(step, 'reason', reason, TEXT_CHARACTERS_MAX) }),
    ...(isGiven(revision) && { revision: countOf(step, 'revision', revision) }),
    ...particulars(step, fields),
  }
}

function particulars(step: OrderUpdate, fields: Record<string, unknown>): Partial<OrderRequest> {
  switch (step) {
    case 'delegate':
      return { to: personOf(step, 'to', fields.to) }
    case 'edit':
      return {
        line: countOf(step, 'line', fields.line),
        quantity: decimalOf(step, 'quantity', fields.quantity),
        reasonCode: textOf(step, 'reasonCode', fields.reasonCode, NAME_CHARACTERS_MAX),
      }
    case 'acknowledge':
      if (!isGiven(fields.reference)) return {}
      return { detail: { reference: textOf(step, 'reference', fields.reference, NAME_CHARACTERS_MAX) } }
    case 'invoice':
      return {
        invoice: {
          number: textOf(step, 'number', fields.number, NAME_CHARACTERS_MAX),
          lines: linesOf(step, fields.lines),
        },
      }
    default:
      return {}
  }
}

const DECISION = '"decision": "018f6f1e-…"'
const examples: Record<OrderUpdate, string> = {
  approve: `{${DECISION}}`,
  deny: `{${DECISION}, "reason": "too much"}`,
  cancel: `{${DECISION}, "reason": "no longer needed"}`,
  resend: `{${DECISION}}`,
  delegate: `{${DECISION}, "to": "bob"}`,
  edit: `{${DECISION}, "line": 1, "quantity": 24, "reasonCode": "promotion"}`,
  acknowledge: '{"reference": "A-17"}',
  invoice: '{"number": "I-9", "lines": [{"product": "tea", "quantity": 24, "unitPrice": "1.20"}]}',
}

/**
 * What can be decided at once from what the workflow knows; the rest is decided where the order is locked. A draft may have been
 * submitted by a worker that was killed before it could answer: people already see it as waiting.
 */
export function refuseImpossible(step: OrderUpdate, { revision }: OrderRequest, order: PurchaseOrder): void {
  const { purchaseOrderId } = order
  if (order.status === 'draft') return
  if (!order.steps.includes(step)) {
    throw refused(`${purchaseOrderId} is ${order.meaning}: ${step} is not possible; nothing was done`)
  }
  if (revision !== undefined && revision > order.revision) {
    throw refused(`${purchaseOrderId} is at revision ${order.revision}, there is no ${revision} yet; nothing was done`)
  }
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null

function personOf(step: OrderUpdate, field: string, value: unknown): string {
  const person = textOf(step, field, value, NAME_CHARACTERS_MAX)
  if (person === RESERVED) throw wrong(step, `${field} "${person}" is reserved for Shelfline itself`)
  return person
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function identifierOf(step: OrderUpdate, field: string, value: unknown): string {
  if (typeof value === 'string' && UUID.test(value)) return value
  throw wrong(step, `${field} ${JSON.stringify(value)} is not the id of a decision`)
}

function textOf(step: OrderUpdate, field: string, value: unknown, charactersMax: number): string {
  if (typeof value === 'string' && value.trim() !== '' && value.length <= charactersMax && !value.includes('\0')) {
    return value
  }
  throw wrong(step, `${field} ${JSON.stringify(value)} is not a text of 1 to ${charactersMax} characters`)
}

function countOf(step: OrderUpdate, field: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 2 ** 31) return value
  throw wrong(step, `${field} ${JSON.stringify(value)} is not a whole number from 1`)
}

function decimalOf(step: OrderUpdate, field: string, value: unknown): string {
  const text = String(value)
  if ((typeof value === 'number' || typeof value === 'string') && DECIMAL.test(text)) return text
  throw wrong(step, `${field} ${JSON.stringify(value)} is not a number from 0 with at most six places`)
}

function linesOf(step: OrderUpdate, value: unknown) {
  if (!Array.isArray(value) || value.length === 0 || value.length > INVOICE_LINES_MAX) {
    throw wrong(step, `lines is not a list of 1 to ${INVOICE_LINES_MAX} lines`)
  }
  return value.map((line: Record<string, unknown> | null) => ({
    product_id: textOf(step, 'product', line?.product, NAME_CHARACTERS_MAX),
    quantity: decimalOf(step, 'quantity', line?.quantity),
    unit_price: decimalOf(step, 'unitPrice', line?.unitPrice),
  }))
}

const wrong = (step: OrderUpdate, what: string) => {
  const type: FailureType = 'InvalidInput'
  return ApplicationFailure.nonRetryable(`${step}: ${what}; for example ${examples[step]}`, type)
}

/** How a request can be refused: the order does not allow it, or the person may not. */
export type OrderRefusal = Extract<FailureType, 'OrderRefused' | 'OrderForbidden'>

export const refused = (message: string, type: OrderRefusal = 'OrderRefused') =>
  ApplicationFailure.nonRetryable(message, type)
