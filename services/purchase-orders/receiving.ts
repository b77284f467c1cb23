/** Receiving goods of an order. A receipt is an event like any other: it is sent to Kafka, and a processor counts it. */
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Kafka } from 'kafkajs'
import type { SupplierShipment } from '../../contracts/events.ts'
import { parseEvent } from '../../contracts/parse.ts'
import { topics } from '../../contracts/topics.ts'
import type { OrderStatus } from '../../models/purchase-orders/purchase-order.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { ConflictError, InvalidError, NotFoundError, UnavailableError } from '../errors.ts'
import { withProducer } from '../kafka.ts'

const RECEIPTS_MAX = 200
const APPLIED_WITHIN_MS = 30_000
const POLL_MS = 200
const receivable: readonly OrderStatus[] = ['sent', 'acknowledged', 'partly_received', 'received']

/** Quantities are decimal text, units. */
export interface Receipt {
  shipmentId: string
  productId: string
  status: 'announced' | 'shipped' | 'delivered' | 'cancelled'
  quantity: string
  damaged: string
  batchId: string | null
  expiresOn: string | null
  happenedAt: Date
}

export interface TakenInvoice {
  number: string
  takenBy: string
  takenAt: Date
  lines: number
}

/** What was received of an order, and its invoices, the newest first: at most 200 of each. */
export async function readReceipts(
  pool: Pool,
  order: string,
): Promise<{ receipts: Receipt[]; invoices: TakenInvoice[] }> {
  const receipts = await pool.query<Receipt>(statement('purchase-orders/read_receipts.sql'), [order, RECEIPTS_MAX])
  const invoices = await pool.query<TakenInvoice>(statement('purchase-orders/read_invoices.sql'), [order, RECEIPTS_MAX])
  return { receipts: receipts.rows, invoices: invoices.rows }
}

export interface ReceivedLine {
  product: string
  /** Decimal text, units; those that are damaged are among them. */
  quantity: string
  damaged?: string
  batch?: string
  /** YYYY-MM-DD */
  expiresOn?: string
}

export interface ReceivedGoods {
  order: string
  /** The number of the delivery note: a line of it is received once. */
  note: string
  lines: readonly ReceivedLine[]
}

interface Receiving {
  status: OrderStatus
  locationId: string
  supplierId: string
  at: string
  atMs: number
  products: string[] | null
}

/**
 * Reports delivered goods, and waits until they are counted.
 *
 * @throws NotFoundError when there is no such order, or the reader does not see it
 * @throws ConflictError when its supplier does not have it, it has ended, or a line of the note was received already; nothing was sent
 * @throws InvalidError naming the value that is impossible; nothing was sent
 * @throws UnavailableError when no stream worker has counted them within 30 s; they may still be counted
 */
export async function receiveGoods(
  { pool, kafka }: { pool: Pool; kafka: Kafka },
  goods: ReceivedGoods,
): Promise<{ lines: number }> {
  const { rows } = await pool.query<Receiving>(statement('purchase-orders/read_receiving.sql'), [goods.order])
  const order = rows[0]
  if (order === undefined) throw new NotFoundError('order', goods.order)
  if (!receivable.includes(order.status)) {
    throw new ConflictError(
      `goods of ${goods.order} cannot be received: the order is ${order.status.replaceAll('_', ' ')}`,
    )
  }
  if (goods.lines.length === 0) throw new InvalidError('no quantity is given', { field: 'lines' })
  const events = goods.lines.map((line) => eventOf(goods, line, order))
  const ids = events.map(({ id }) => id)
  if ((await countReceipts(pool, ids)) > 0) {
    throw new ConflictError(`delivery note "${goods.note}" of ${goods.order} was received already; nothing was sent`)
  }
  const messages = events.map(({ text }) => ({
    key: order.locationId,
    value: text,
    timestamp: String(Math.floor(order.atMs)),
  }))
  await withProducer(kafka, (producer) => producer.send({ topic: 'supplier_shipments', acks: -1, messages }))
  await untilCounted(pool, ids)
  return { lines: events.length }
}

function eventOf(
  { order, note }: ReceivedGoods,
  { product, quantity, damaged, batch, expiresOn }: ReceivedLine,
  { locationId, supplierId, at, atMs, products }: Receiving,
): { id: string; text: string } {
  if (!products?.includes(product)) throw new NotFoundError('product of the order', product)
  if (Number(damaged ?? 0) > Number(quantity)) {
    throw new InvalidError(`is more than the ${quantity} that were delivered`, { field: 'damaged', value: damaged })
  }
  const id = createHash('sha256')
    .update(JSON.stringify([order, note, product, batch ?? '']))
    .digest('hex')
    .slice(0, 40)
  const event: SupplierShipment = {
    event_id: id,
    source: 'shelfline web',
    schema_version: topics.supplier_shipments.schemaVersion,
    event_at: at,
    store_id: locationId,
    shipment_id: note,
    supplier_id: supplierId,
    purchase_order_id: order,
    product_id: product,
    status: 'delivered',
    quantity,
    damaged_quantity: damaged ?? null,
    batch_id: batch ?? null,
    expires_on: expiresOn ?? null,
  }
  const text = JSON.stringify(event)
  const parsed = parseEvent('supplier_shipments', Buffer.from(text), atMs)
  if (!parsed.ok) throw new InvalidError(`${product}: ${parsed.error}`)
  return { id, text }
}

async function countReceipts(pool: Pool, ids: readonly string[]): Promise<number> {
  const { rows } = await pool.query<{ receipts: number }>(
    'select count(*)::integer as receipts from ops.goods_receipt where event_id = any ($1)',
    [ids],
  )
  return rows[0]!.receipts
}

async function untilCounted(pool: Pool, ids: readonly string[]): Promise<void> {
  const deadline = performance.now() + APPLIED_WITHIN_MS
  for (;;) {
    if ((await countReceipts(pool, ids)) === ids.length) return
    if (performance.now() > deadline) {
      throw new UnavailableError(`the goods were reported, but not counted within ${APPLIED_WITHIN_MS / 1000} s`, {
        fix: '`shelfline worker stream` counts them, `shelfline streams status` shows what runs',
      })
    }
    await pause(POLL_MS)
  }
}
