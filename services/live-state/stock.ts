/** What is on shelves, in stores and in warehouses, and what it means. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import {
  type CountedPage,
  countedPageOf,
  cursorOf,
  limitOf,
  type Page,
  type PageRequest,
  type Placed,
  pageOf,
  placeBefore,
} from '../pages.ts'
import { requireChoice } from '../values.ts'

export const stockSorts = ['money', 'value', 'cover', 'expiry', 'fill'] as const
export type StockSort = (typeof stockSorts)[number]

/** Over all stores: as many products are looked at, those with the most money at risk. */
const AT_RISK_MAX = 2_000
const CHOICES_MAX = 500

export interface StockFilter extends PageRequest {
  /** Left out: the products of all stores with money at risk. */
  store?: string
  category?: string
  /** The supplier that the product is ordered from. */
  supplier?: string
  /** A part of the product's name, or its number: of all stores, the number finds those without money at risk too. */
  product?: string
  /** Days of usual sales that are there, at most. */
  coverDays?: number
  /** Probability of a stock-out before the next delivery, at least. */
  risk?: number
  /** Days until a lot on the shelf expires, at most. */
  expiresInDays?: number
  /** Left out: money, the most money at risk first. */
  sort?: StockSort
}

/** Quantities and money are decimal text. */
export interface StockItem {
  storeId: string
  productId: string
  name: string
  category: string | null
  supplierId: string | null
  shelfId: string | null
  /** Units; of the shelf. */
  capacity: string | null
  available: string | null
  /** Units in the store, where its own system counts them. */
  onHand: string | null
  unitsPerDay: string | null
  coverDays: number | null
  /** Of a stock-out before the next delivery. */
  probability: number | null
  /** Sales that will be missed until then. */
  moneyAtRisk: string | null
  /** At the price now. */
  value: string | null
  /** Of the lot on the shelf that expires first, YYYY-MM-DD. */
  expiresOn: string | null
  expiresInDays: number | null
  currency: string | null
}

export type StockPage = CountedPage<StockItem>

/**
 * Products of a store, or of all stores those with the most money at risk.
 *
 * @throws InvalidError when a value of the filter is impossible
 */
export async function listStock(pool: Pool, filter: StockFilter = {}): Promise<StockPage> {
  const { store, category, supplier, product, coverDays, risk, expiresInDays, sort = 'money' } = filter
  requireChoice('sort', sort, stockSorts)
  const limit = limitOf(filter)
  const before = placeBefore(filter, ['numeric', 'text', 'text'])
  const { rows } = await pool.query<StockItem & Placed>(statement('live-state/list_stock.sql'), [
    store ?? null,
    category ?? null,
    supplier ?? null,
    product ?? null,
    coverDays ?? null,
    risk ?? null,
    expiresInDays ?? null,
    sort,
    limit + 1,
    before,
    AT_RISK_MAX,
  ])
  return countedPageOf(rows, limit)
}

export interface WarehouseFilter extends PageRequest {
  warehouse?: string
  category?: string
  supplier?: string
  product?: string
  coverDays?: number
  expiresInDays?: number
}

/** Quantities are decimal text, units. */
export interface WarehouseItem {
  warehouseId: string
  productId: string
  name: string
  category: string | null
  supplierId: string | null
  onHand: string
  onOrder: string
  reorderPoint: string | null
  /** Of all stores that it refills. */
  unitsPerDay: string | null
  coverDays: number | null
  lots: number
  expiresOn: string | null
  expiresInDays: number | null
  /** At what the supplier asks for it, decimal text; null: not known. */
  value: string | null
  currency: string | null
}

export type WarehousePage = CountedPage<WarehouseItem>

/** Products of warehouses, the shortest cover first. */
export async function listWarehouseStock(pool: Pool, filter: WarehouseFilter = {}): Promise<WarehousePage> {
  const { warehouse, category, supplier, product, coverDays, expiresInDays } = filter
  const limit = limitOf(filter)
  const before = placeBefore(filter, ['numeric', 'text', 'text'])
  const { rows } = await pool.query<WarehouseItem & Placed>(statement('live-state/list_warehouse_stock.sql'), [
    warehouse ?? null,
    category ?? null,
    supplier ?? null,
    product ?? null,
    coverDays ?? null,
    expiresInDays ?? null,
    limit + 1,
    before,
  ])
  return countedPageOf(rows, limit)
}

export interface LotFilter extends PageRequest {
  /** A store or a warehouse. */
  place?: string
  category?: string
  product?: string
  expiresInDays?: number
}

export interface ListedLot {
  place: 'shelf' | 'warehouse'
  placeId: string
  productId: string
  name: string
  batchId: string
  /** Decimal text, units. */
  onHand: string
  expiresOn: string
  expiresInDays: number
  receivedOn: string | null
  /** Decimal text; null: no price is known. */
  value: string | null
  currency: string | null
  /** Per cent off; null: it is not marked down. */
  markdownPercent: string | null
}

type LotRow = ListedLot & { isThere: boolean; key: string[] }

/**
 * Lots are looked at in steps: of most there may be nothing left, which is known by all lots of the product together. The first step is as
 * large as a page, each other twice the one before.
 */
const FIRST_STEP_MIN = 100
const STEP_MAX = 1_000
const STEPS_MAX = 20

/** Lots that expire, the soonest first. A page may have less than its limit, and others follow. */
export async function listLots(pool: Pool, filter: LotFilter = {}): Promise<Page<ListedLot>> {
  const { place, category, product, expiresInDays } = filter
  const limit = limitOf(filter)
  const found: LotRow[] = []
  let after = placeBefore(filter, ['date', 'text', 'text', 'text'])
  let size = Math.max(FIRST_STEP_MIN, limit + 1)
  for (let step = 1; ; step += 1) {
    const { rows } = await pool.query<LotRow>(statement('live-state/list_lots.sql'), [
      place ?? null,
      category ?? null,
      product ?? null,
      expiresInDays ?? null,
      size,
      after,
    ])
    found.push(...rows.filter(({ isThere }) => isThere))
    const isLast = rows.length < size
    if (isLast || found.length > limit || step === STEPS_MAX) {
      const { items, next } = pageOf(found, limit, ({ key }) => key)
      const rest = isLast ? null : cursorOf(rows.at(-1)!.key)
      return { items: items.map(({ isThere, key, ...lot }) => lot), next: next ?? rest }
    }
    after = rows.at(-1)!.key
    size = Math.max(size, Math.min(STEP_MAX, 2 * size))
  }
}

export interface Choices {
  stores: { id: string; name: string }[]
  warehouses: string[]
  categories: string[]
  suppliers: { id: string; name: string }[]
}

/** What the filters offer: at most 500 of each, of what the visitor sees. */
export async function readStockChoices(pool: Pool): Promise<Choices> {
  return (await pool.query<Choices>(statement('live-state/read_choices.sql'), [CHOICES_MAX])).rows[0]!
}
