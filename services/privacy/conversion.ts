/** Rows from before there were pseudonyms, converted by a person who does not wait for the night. */
import { convertHistory, convertLiveState } from '../../activities/privacy/conversion.ts'
import type { LakeAccess } from '../../activities/privacy/lake-changes.ts'
import { whileAlone } from '../../activities/privacy/lock.ts'
import type { RowsByTable } from '../../activities/privacy/tables.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import type { Vault } from '../../platform/vault.ts'
import { createCustomerDoor } from '../../streams/privacy/customer-door.ts'

/** @returns rows that were changed, by table; none when all was converted before */
export async function convertCustomers({
  pool,
  vault,
  lake,
  connection,
}: LakeAccess & { pool: Pool; vault: Vault }): Promise<RowsByTable> {
  const door = createCustomerDoor(pool, vault)
  const inState = await convertLiveState(pool, door)
  const inHistory = await whileAlone(pool, () => convertHistory({ pool, door, lake, connection }))
  return { ...inState, ...inHistory }
}
