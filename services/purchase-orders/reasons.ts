import type { Pool } from '../../platform/postgres/postgres.ts'

/** Why a person changes what was proposed. */
export interface EditReason {
  code: string
  meaning: string
}

/** Those that edits and denials may give, as `ref.edit_reason` has them. */
export async function readEditReasons(pool: Pool): Promise<EditReason[]> {
  const { rows } = await pool.query<EditReason>('select reason_code as code, meaning from ref.edit_reason order by 1')
  return rows
}
