/** Whether the live state is what the events of the raw lake add up to. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { type Verification, verifyState } from '../../streams/runtime/verify.ts'
import { NotFoundError } from '../errors.ts'

export type { Verification } from '../../streams/runtime/verify.ts'

/**
 * Recomputes the live state from the raw lake and compares; reads the whole of the raw lake.
 *
 * @param settings of PostgreSQL and of the object store, which DuckDB opens by itself
 * @param store only this store or warehouse
 * @throws NotFoundError when nothing is known of the store
 */
export async function verifyLiveState(
  { settings, pool }: { settings: Settings; pool: Pool },
  { store }: { store?: string | undefined } = {},
): Promise<Verification> {
  if (store !== undefined) await requirePlace(pool, store)
  return verifyState(settings, pool, store)
}

async function requirePlace(pool: Pool, place: string): Promise<void> {
  const { rows } = await pool.query<{ isKnown: boolean }>(
    `select exists (select from ref.stores where store_id = $1) or exists (select from state.stock where store_id = $1)
       or exists (select from state.warehouse where warehouse_id = $1) as "isKnown"`,
    [place],
  )
  if (!rows[0]!.isKnown) throw new NotFoundError('store or warehouse', place)
}
