import type { TopicName } from '../../contracts/topics.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'

/** A table of another database whose changes become events: `ref.cdc_map`, and how far it is. */
export interface CdcDefinition {
  mapId: string
  generation: string
  /** The topic of the changes. */
  from: string
  topic: TopicName
  /** YAML. */
  map: string
  changedBy: string
  updatedAt: Date
  /** The next offset that is read; null: nothing was read yet. The same for what follows. */
  position: number | null
  messages: number | null
  events: number | null
  rejected: number | null
  /** When the newest change that was read happened in the other database. */
  changedAt: Date | null
  /** Why it does not continue. */
  problem: string | null
}

export const CDC_MAPS_MAX = 500

const read = statement('cdc/read_maps.sql')

/** Maps by name. */
export async function readCdcMaps(pool: Pool, mapId?: string): Promise<CdcDefinition[]> {
  return (await pool.query<CdcDefinition>(read, [mapId ?? null, CDC_MAPS_MAX])).rows
}
