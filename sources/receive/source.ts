import type { TopicName } from '../../contracts/topics.ts'
import type { SignatureScheme } from '../../platform/http/signatures.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'

/** Who may post events to the receiver: `ref.event_source`. */
export interface EventSource {
  sourceId: string
  topic: TopicName
  /** YAML, as `shelfline import` reads it; null: it sends events of the contract. */
  map: string | null
  scheme: SignatureScheme
  /** The header of the scheme `hmac`, in lower case. */
  header: string | null
  /** The notification URL that the scheme `square` signs. */
  url: string | null
  /** How far the time stamp of a signature may be away from the receiver's clock. */
  toleranceSeconds: number
  /** Bytes of a body, after unpacking. */
  bodyBytesMax: number
  bodyEventsMax: number
  /** Objects and arrays inside each other. */
  depthMax: number
  /** Average of one receiver; twice as many may come at once. */
  eventsPerSecond: number
  /** A body with a rejected event is rejected as a whole; else the others are accepted. */
  isStrict: boolean
  /** MQTT topics whose messages are its events, beside `ingest/v1/SOURCE`; null: no others. */
  mqttFilter: string | null
  changedBy: string
  updatedAt: Date
  /** Until when the secret before the last rotation is valid; null: it is not. */
  previousUntil: Date | null
}

/** As the database has them: sealed. */
export interface SourceSecrets {
  secret: string
  previousSecret: string | null
}

export const SOURCES_MAX = 1_000

/** What a source's secrets are sealed for. */
export const vaultContext = (sourceId: string): string => `source ${sourceId}`

const read = statement('receive/read_sources.sql')

/** Sources by name, with what their requests are signed with. */
export async function readSources(pool: Pool, sourceId?: string): Promise<(EventSource & SourceSecrets)[]> {
  return (await pool.query<EventSource & SourceSecrets>(read, [sourceId ?? null, SOURCES_MAX])).rows
}
