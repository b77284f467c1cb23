import { stateTopicNames } from '../../contracts/topics.ts'
import { inTransaction, type Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { RelayName, SetAsideReason } from './relay-round.ts'

export const unsentStatuses = ['open', 'retrying', 'sent', 'superseded', 'discarded'] as const
export type UnsentStatus = (typeof unsentStatuses)[number]

const statements = {
  list: statement('streams/relays/list_unsent.sql'),
  waiting: statement('streams/relays/waiting.sql'),
  retry: statement('streams/relays/retry_unsent.sql'),
  discard: statement('streams/relays/discard_unsent.sql'),
}

/** Messages of one topic that wait for Kafka, and how sending them went. */
export interface Waiting {
  relay: RelayName
  topic: string
  messages: number
  /** When the oldest was written. */
  since: Date
  /** Sends to the topic that failed since the last one that Kafka took. */
  attempts: number
  firstFailedAt: Date | null
  lastFailedAt: Date | null
  nextAttemptAt: Date | null
  error: string | null
}

/** A message that was set aside because Kafka does not take it. */
export interface UnsentMessage {
  id: number
  relay: RelayName
  topic: string
  key: string | null
  /** The dead letter that it is a copy of. */
  letterId: number | null
  bytes: number
  reason: SetAsideReason
  error: string
  status: UnsentStatus
  attempts: number
  firstFailedAt: Date
  lastFailedAt: Date
  settledAt: Date | null
  settledBy: string | null
  settledWhy: string | null
}

export interface UnsentFilter {
  ids?: readonly number[] | undefined
  topic?: string | undefined
  status?: UnsentStatus | undefined
}

export const waitingMessages = async (pool: Pool): Promise<Waiting[]> =>
  (await pool.query<Waiting>(statements.waiting)).rows

/** The oldest messages that match, behind the one with the number `after`, and how many match in all. */
export async function listUnsent(
  pool: Pool,
  { ids, topic, status }: UnsentFilter,
  limit: number,
  after = 0,
): Promise<{ messages: UnsentMessage[]; total: number }> {
  const values = [ids ?? null, topic ?? null, status ?? null, limit, after]
  const { rows } = await pool.query<UnsentMessage & { total: number }>(statements.list, values)
  return { messages: rows.map(({ total, ...message }) => message), total: rows[0]?.total ?? 0 }
}

/** One message with what is to be sent, as JSON text; null for a dead letter. Undefined when it is unknown. */
export async function readUnsent(
  pool: Pool,
  id: number,
): Promise<{ message: UnsentMessage; payload: string | null } | undefined> {
  const [message] = (await listUnsent(pool, { ids: [id] }, 1)).messages
  if (message === undefined) return undefined
  const { rows } = await pool.query<{ payload: string | null }>(
    'select payload::text from ops.unsent_message where unsent_id = $1',
    [id],
  )
  return { message, payload: rows[0]?.payload ?? null }
}

export interface Retried {
  /** Messages that wait for the relay again. */
  retrying: number
  /** Records of compacted topics that a newer one of their key makes needless. */
  superseded: number
}

/** Sends open messages again. One that Kafka refuses again is open again, with its attempts counted. */
export async function retryUnsent(pool: Pool, ids: readonly number[]): Promise<Retried> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ status: UnsentStatus }>(statements.retry, [ids, stateTopicNames])
    const count = (wanted: UnsentStatus) => rows.filter(({ status }) => status === wanted).length
    return { retrying: count('retrying'), superseded: count('superseded') }
  })
}

/** Open messages will never be sent; they stay readable. Returns how many. */
export async function discardUnsent(pool: Pool, ids: readonly number[], by: string, why: string): Promise<number> {
  return (await pool.query(statements.discard, [ids, by, why])).rowCount ?? 0
}
