/** Goods on their way: what is expected when, what was missing, and what stores are restocked with. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { type CountedPage, countedPageOf, limitOf, type PageRequest, type Placed, placeBefore } from '../pages.ts'
import { requireChoice } from '../values.ts'

export const deliveryStates = ['late', 'today', 'short', 'coming'] as const
export type DeliveryState = (typeof deliveryStates)[number]

const SHORTFALL_DAYS = 7
const SHORTFALLS_MAX = 50

export interface DeliveryFilter extends PageRequest {
  /** The warehouse or store that gets the goods. */
  place?: string
  supplier?: string
  state?: DeliveryState
}

/** Quantities and money are decimal text. */
export interface Delivery {
  kind: 'order' | 'plan' | 'transfer'
  id: string
  placeId: string
  supplierId: string | null
  /** The supplier's name, or the location that gives; null: a plan names none. */
  source: string | null
  /** Null: an order has several. */
  product: string | null
  /** YYYY-MM-DD; null: not known. */
  expectedOn: string | null
  /** Negative: it is late. */
  inDays: number | null
  lines: number
  outstanding: string
  /** What the outstanding units cost; null: not known. */
  value: string | null
  currency: string | null
  state: DeliveryState
}

export interface Deliveries extends CountedPage<Delivery> {
  /** Of all that match but for their state. */
  counts: Partial<Record<DeliveryState, number>>
}

/** Expected goods, the earliest first: those that are late are at the top. */
export async function listDeliveries(pool: Pool, filter: DeliveryFilter = {}): Promise<Deliveries> {
  const { place, supplier, state } = filter
  if (state !== undefined) requireChoice('state', state, deliveryStates)
  const limit = limitOf(filter)
  const before = placeBefore(filter, ['date', 'text', 'text'])
  const { rows } = await pool.query<Delivery & Placed & Pick<Deliveries, 'counts'>>(
    statement('purchase-orders/list_deliveries.sql'),
    [place ?? null, supplier ?? null, state ?? null, limit + 1, before],
  )
  const { items, ...page } = countedPageOf(rows, limit)
  return { ...page, items: items.map(({ counts, ...delivery }) => delivery), counts: rows[0]?.counts ?? {} }
}

/** Quantities and money are decimal text. */
export interface Shortfall {
  purchaseOrderId: string
  supplierName: string
  placeId: string
  productId: string
  productName: string
  ordered: string
  received: string
  damaged: string
  missing: string
  value: string
  currency: string
}

/** Missing and damaged units of the last seven days, the dearest first: at most 50. */
export const listShortfalls = async (pool: Pool): Promise<Shortfall[]> =>
  (await pool.query<Shortfall>(statement('purchase-orders/list_shortfalls.sql'), [SHORTFALL_DAYS, SHORTFALLS_MAX])).rows

export const restockStatuses = ['open', 'picked', 'refilled', 'cancelled'] as const
export type RestockStatus = (typeof restockStatuses)[number]

export interface RestockFilter extends PageRequest {
  store?: string
  /** Left out: those that are not over, and those that ended within a day. */
  status?: RestockStatus
}

/** Quantities are decimal text, units. */
export interface Restock {
  planId: string
  storeId: string
  storeName: string
  timeZone: string
  productId: string
  productName: string
  warehouseId: string
  quantity: string
  picked: string
  available: string
  capacity: string
  status: RestockStatus
  /** The warehouse does not have all of it. */
  isShort: boolean
  plannedAt: Date
  /** When the picked goods are due on the shelf. */
  dueAt: Date | null
}

export type Restocks = CountedPage<Restock>

/** Restocks, those that wait to be picked first, then the newest. */
export async function listRestocks(pool: Pool, filter: RestockFilter = {}): Promise<Restocks> {
  const { store, status } = filter
  if (status !== undefined) requireChoice('status', status, restockStatuses)
  const limit = limitOf(filter)
  const before = placeBefore(filter, ['integer', 'numeric', 'text'])
  const { rows } = await pool.query<Restock & Placed>(statement('purchase-orders/list_restocks.sql'), [
    store ?? null,
    status ?? null,
    limit + 1,
    before,
  ])
  return countedPageOf(rows, limit)
}
