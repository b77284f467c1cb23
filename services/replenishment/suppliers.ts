/** Suppliers and their terms, from their own records: a change is an event of `suppliers` or `supply_terms`. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { NotFoundError } from '../errors.ts'
import { keyBefore, limitOf, type Page, type PageRequest, pageOf } from '../pages.ts'

const SUPPLIERS_MAX = 1_000

export interface Supplier {
  supplierId: string
  name: string
  country: string | null
  /** How orders reach it. */
  adapter: 'file' | 'webhook' | 'simulator'
  contactEmail: string | null
  /** ISO: 1 is Monday. */
  orderWeekdays: number[]
  /** HH:MM in its time zone: later orders count for the next of its days. */
  cutOff: string
  timeZone: string
  /** Decimal text. */
  leadTimeDays: string
  /** Decimal text, money. */
  minimumOrderValue: string
  currency: string
  updatedAt: Date
  /** Products that can be ordered from it. */
  products: number
  /** Orders that have not ended. */
  openOrders: number
  /** False: where its orders are sent has changed, and nothing is sent until a person confirms it. */
  isConfirmed: boolean
}

/** By name; at most 1,000. */
export const listSuppliers = (pool: Pool): Promise<Supplier[]> => readSuppliers(pool, null)

/** @throws NotFoundError */
export async function readSupplier(pool: Pool, id: string): Promise<Supplier> {
  const [supplier] = await readSuppliers(pool, id)
  if (supplier === undefined) throw new NotFoundError('supplier', id)
  return supplier
}

const readSuppliers = async (pool: Pool, id: string | null): Promise<Supplier[]> =>
  (await pool.query<Supplier>(statement('replenishment/list_suppliers.sql'), [id, SUPPLIERS_MAX])).rows

/** Quantities and money are decimal text. */
export interface SupplyTerms {
  termsId: string
  productId: string
  productName: string | null
  /** Null: for every location. */
  locationId: string | null
  unitCost: string
  packSize: string
  palletSize: string | null
  minimumQuantity: string
  maximumQuantity: string | null
  shelfLifeDays: number | null
  /** 1 is asked first. */
  preference: number
  /** YYYY-MM-DD: from then on it can't be ordered. */
  delistedOn: string | null
}

/** What a supplier sells, by product. @throws InvalidError when the page is impossible */
export async function listTerms(pool: Pool, supplier: string, page: PageRequest = {}): Promise<Page<SupplyTerms>> {
  const limit = limitOf(page)
  const { rows } = await pool.query<SupplyTerms>(statement('replenishment/list_terms.sql'), [
    supplier,
    limit + 1,
    ...keyBefore(page, ['text']),
  ])
  return pageOf(rows, limit, ({ termsId }) => [termsId])
}
