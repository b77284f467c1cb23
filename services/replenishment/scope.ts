/** The locations that orders are planned for, and the suppliers. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import { InvalidError } from '../errors.ts'

export interface PlanScope {
  /** A warehouse, or a store that no warehouse refills; left out: all. */
  location?: string
  /** Left out: all. */
  supplier?: string
}

/** @throws InvalidError when there is no such location or supplier */
export async function requireScope(pool: Pool, { location, supplier }: PlanScope): Promise<void> {
  const { rows } = await pool.query<{ location: boolean; supplier: boolean }>(
    `select
       $1::text is null or exists (select from ref.location_product where location_id = $1)
         or exists (select from ref.supply_terms where location_id = $1) as location,
       $2::text is null or exists (select from ref.suppliers where supplier_id = $2)
         or exists (select from ref.supply_terms where supplier_id = $2) as supplier`,
    [location ?? null, supplier ?? null],
  )
  const known = rows[0]!
  if (!known.location) {
    const fix = 'use a warehouse of shelf_profiles, a location of supply_terms, or a store with stock of its own'
    throw new InvalidError('is not a location that orders', { field: 'location', value: location, fix })
  }
  if (!known.supplier) {
    const fix = 'send it on supplier_catalog first'
    throw new InvalidError('is unknown', { field: 'supplier', value: supplier, fix })
  }
}

/** The day that it is for the business, YYYY-MM-DD. */
export async function businessDay(pool: Pool, timeZone: string): Promise<string> {
  const { rows } = await pool.query<{ today: string }>('select (ops.now() at time zone $1)::date as today', [timeZone])
  return rows[0]!.today
}
