/** The customer of an open erasure, as the database keeps it. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import type { Vault } from '../../platform/vault.ts'
import type { CustomerNames } from './customer.ts'

const CONTEXT = 'erased customer'

export const sealSubject = (vault: Vault, { customerIds, names, reportNames }: CustomerNames): string =>
  vault.seal(JSON.stringify({ customerIds, names, reportNames }), CONTEXT)

/** @throws when the vault can't open it */
export const openSubject = (vault: Vault, sealed: string): CustomerNames =>
  JSON.parse(vault.open(sealed, CONTEXT)) as CustomerNames

/** Seals them with the first key of the vault, so that the one that they were sealed with can be removed. @throws as `openSubject` does */
export async function resealSubjects(pool: Pool, vault: Vault): Promise<void> {
  const { rows } = await pool.query<{ id: number; known: string }>(
    'select erasure_id as id, sealed_subject as known from ops.customer_erasure where finished_at is null order by id',
  )
  for (const { id, known } of rows) {
    const sealed = vault.reseal(known, CONTEXT)
    if (sealed === undefined) continue
    await pool.query(
      'update ops.customer_erasure set sealed_subject = $3 where erasure_id = $1 and sealed_subject = $2',
      [id, known, sealed],
    )
  }
}
