/** Finding a store, a product or an order by a part of its name. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'

export interface Found {
  kind: 'store' | 'product' | 'order'
  id: string
  /** Its name; of an order its status. */
  name: string
}

const TEXT_MIN = 2
const OF_A_KIND_MAX = 5

/** At most five of each kind; nothing for a text of less than two characters. */
export async function findByName(pool: Pool, text: string): Promise<Found[]> {
  if (text.trim().length < TEXT_MIN) return []
  return (await pool.query<Found>(statement('live-state/find.sql'), [text.trim(), OF_A_KIND_MAX])).rows
}
