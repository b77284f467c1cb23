import { ApplicationFailure } from '@temporalio/activity'
import type { ObjectStore } from '../../platform/object-store/object-store.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { currentLife, type Life, whilePulsing } from '../activity-context.ts'
import { type FailureType, refuse } from '../failures.ts'
import {
  type SendingSettings,
  type SendOutcome,
  type SupplierMessage,
  type SupplierOrder,
  supplierAdapters,
} from './supplier-adapters.ts'

/** A supplier who asks for more time than this is asked again all the same. */
const RETRY_AFTER_MS_MAX = 3_600_000

export interface SendingDependencies {
  pool: Pool
  objectStore: ObjectStore
  settings: SendingSettings
}

interface OutgoingRow {
  status: string
  approved_revision: number | null
  supplier_id: string
  adapter: string | null
  endpoint: string | null
  /** A person has confirmed the endpoint, or it is the supplier's first. */
  is_confirmed: boolean
  document: SupplierOrder
}

export function createOrderSendingActivities(dependencies: SendingDependencies) {
  /** Nothing is written down here: a worker that is lost after the supplier took it sends the same again. */
  async function send(kind: SupplierMessage['kind'], purchaseOrderId: string, life: Life) {
    const outgoing = await readOutgoing(dependencies.pool, kind, purchaseOrderId)
    const { adapter: name, supplier_id: supplierId, endpoint, document, approved_revision } = outgoing
    const adapter = supplierAdapters[name ?? '']
    if (adapter === undefined) return refusedFor(`supplier ${supplierId} is not in supplier_catalog`)
    if (!outgoing.is_confirmed) {
      const fix = `\`shelfline orders confirm-endpoint ${supplierId}\` confirms it, then send the order again`
      return refusedFor(`where orders to ${supplierId} are sent has changed, and no one has confirmed it: ${fix}`)
    }
    const id = `${purchaseOrderId}-r${approved_revision}${kind === 'cancellation' ? '-cancelled' : ''}`
    const message = { kind, id, supplierId, endpoint, order: document }
    const outcome = await whilePulsing(life.heartbeat, () => adapter(message, { ...dependencies, signal: life.signal }))
    if (outcome.kind === 'postponed') {
      // The attempt was ended from outside: it is not made again.
      life.signal.throwIfAborted()
      throw postponed(purchaseOrderId, outcome)
    }
    return { ...outcome, detail: { adapter: name, id, ...outcome.detail } }
  }

  return {
    /**
     * Sends an order to its supplier, under a name that follows from the order and the revision that was approved.
     *
     * @throws SupplierAway, retried, when the supplier may have it or not
     */
    sendPurchaseOrder: (purchaseOrderId: string) => send('order', purchaseOrderId, currentLife()),

    /**
     * Notifies the supplier that an order, or the rest of it, is cancelled. If they refuse the notice, a person has to call them.
     *
     * @throws SupplierAway, retried, when it is not known whether the supplier got it
     */
    withdrawPurchaseOrder: (purchaseOrderId: string) => send('cancellation', purchaseOrderId, currentLife()),
  }
}

export type OrderSendingActivities = ReturnType<typeof createOrderSendingActivities>

async function readOutgoing(pool: Pool, kind: SupplierMessage['kind'], purchaseOrderId: string): Promise<OutgoingRow> {
  const values = [purchaseOrderId, kind === 'cancellation']
  const { rows } = await pool.query<OutgoingRow>(statement('purchase-orders/read_outgoing.sql'), values)
  const row = rows[0]
  if (row === undefined) throw refuse('InvalidInput', `purchase order ${purchaseOrderId} is unknown`)
  return row
}

const refusedFor = (reason: string) => ({ kind: 'refused' as const, detail: { reason } })

function postponed(
  purchaseOrderId: string,
  { reason, retryAfterMs }: Extract<SendOutcome, { kind: 'postponed' }>,
): ApplicationFailure {
  const type: FailureType = 'SupplierAway'
  return ApplicationFailure.create({
    message: `${purchaseOrderId}: ${reason}`,
    type,
    ...(retryAfterMs !== undefined && { nextRetryDelay: Math.min(retryAfterMs, RETRY_AFTER_MS_MAX) }),
  })
}
