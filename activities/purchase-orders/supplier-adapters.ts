import { endpointProblem, objectNameProblem, objectSegment } from '../../contracts/supplier-endpoint.ts'
import { csvText } from '../../platform/csv.ts'
import type { EgressRules } from '../../platform/http/egress.ts'
import { sendWebhook } from '../../platform/http/webhook.ts'
import type { ObjectStore } from '../../platform/object-store/object-store.ts'
import type { Settings } from '../../platform/settings/settings.ts'

/** An order, or its withdrawal, as suppliers get it. */
export interface SupplierMessage {
  kind: 'order' | 'cancellation'
  /** The same however often it is sent: what the supplier knows by it already they don't take twice. */
  id: string
  supplierId: string
  endpoint: string | null
  order: SupplierOrder
}

export interface SupplierOrder {
  purchase_order_id: string
  location_id: string
  currency: string
  expected_on: string | null
  lines: SupplierLine[]
}

/** Quantities and money are decimal text. */
export interface SupplierLine {
  line_no: number
  product_id: string
  quantity: string
  unit_cost: string
}

/** `sent`: they have it, now or since before. `refused`: a person has to look. `postponed`: they may have it, or not; again. */
export type SendOutcome =
  | { kind: 'sent'; detail: Record<string, unknown> }
  | { kind: 'refused'; detail: { reason: string } }
  | { kind: 'postponed'; reason: string; retryAfterMs?: number }

export type SendingSettings = EgressRules & Pick<Settings, 'supplierWebhookSecrets' | 'supplierWebhookSecretsFile'>

export interface AdapterDependencies {
  objectStore: ObjectStore
  settings: SendingSettings
  /** Ends an attempt. */
  signal?: AbortSignal
}

export type SupplierAdapter = (message: SupplierMessage, dependencies: AdapterDependencies) => Promise<SendOutcome>

/** By the name in the supplier's record. */
export const supplierAdapters: Readonly<Record<string, SupplierAdapter>> = {
  file: dropFile,
  webhook: postWebhook,
  // The simulated suppliers listen to the topic purchase_orders, which has every order that is sent or cancelled.
  simulator: async () => ({ kind: 'sent', detail: { topic: 'purchase_orders' } }),
}

const FOLDER = 'orders'

/** A CSV file whose name follows from the order: the second of two attempts finds it there and has nothing to do. */
async function dropFile(message: SupplierMessage, { objectStore }: AdapterDependencies): Promise<SendOutcome> {
  const { endpoint, supplierId, id, order } = message
  const key = `${FOLDER}/${endpoint ?? supplierId}/${objectSegment(id)}.csv`
  const problem = endpointProblem('file', supplierId, endpoint) ?? objectNameProblem(key)
  if (problem !== undefined) return refusedBecause(`${problem}; correct it in supplier_catalog`)
  const outcome = await objectStore.put(key, orderCsv(message.kind, order), { ifAbsent: true }).catch(asRefusal)
  if (typeof outcome !== 'string') return outcome
  return { kind: 'sent', detail: { file: `${objectStore.bucket}/${key}`, was_there: outcome === 'exists' } }
}

/** What the object store calls a bad request is one the next time, too. */
function asRefusal(error: Error & { $metadata?: { httpStatusCode?: number } }): SendOutcome {
  if (error.$metadata?.httpStatusCode !== 400) throw error
  return refusedBecause(`the object store refuses the file's name: ${error.name} ${error.message}`)
}

/** A line per order line, the order's own values on each: RFC 4180, with a heading. People open it too: no text is a formula. */
export function orderCsv(kind: SupplierMessage['kind'], order: SupplierOrder): string {
  const { purchase_order_id, location_id, currency, expected_on, lines } = order
  const heading = [
    'kind',
    'purchase_order_id',
    'location_id',
    'line_no',
    'product_id',
    'quantity',
    'unit_cost',
    'currency',
    'expected_on',
  ]
  const rows = lines.map(({ line_no, product_id, quantity, unit_cost }) => [
    kind,
    purchase_order_id,
    location_id,
    String(line_no),
    product_id,
    quantity,
    unit_cost,
    currency,
    expected_on ?? '',
  ])
  return [heading, ...rows].map((cells) => `${cells.map(csvText).join(',')}\r\n`).join('')
}

/** A signed POST; the supplier answers 2xx when they have taken it. */
async function postWebhook(message: SupplierMessage, dependencies: AdapterDependencies): Promise<SendOutcome> {
  const { kind, id, supplierId, endpoint, order } = message
  const { settings, signal } = dependencies
  const known = [settings.supplierWebhookSecrets, settings.supplierWebhookSecretsFile]
  const secrets = known.flatMap((byName) => byName[supplierId] ?? [])
  if (secrets.length === 0) {
    return refusedBecause(`SHELFLINE_SUPPLIER_WEBHOOK_SECRETS has no secret for ${supplierId}`)
  }
  const problem = endpointProblem('webhook', supplierId, endpoint)
  if (problem !== undefined) return refusedBecause(`${problem}; correct it in supplier_catalog`)
  const body = { type: kind === 'order' ? 'purchase_order.created' : 'purchase_order.cancelled', data: order }
  const outcome = await sendWebhook({ url: endpoint!, id, body, secrets, ...(signal && { signal }) }, settings)
  switch (outcome.kind) {
    case 'accepted':
      return { kind: 'sent', detail: { status: outcome.status, answer: outcome.answer } }
    case 'refused':
      return refusedBecause(outcome.reason)
    case 'postponed':
      return outcome
  }
}

const refusedBecause = (reason: string): SendOutcome => ({ kind: 'refused', detail: { reason } })
