import { setTimeout as pause } from 'node:timers/promises'
import { type TopicName, topics } from '../contracts/topics.ts'
import type { MessageProducer } from '../platform/kafka.ts'
import { inTransaction, type Pool } from '../platform/postgres.ts'
import { ATTEMPTS_HEADER, LETTER_HEADER } from './dead-letters.ts'

export const letterStatuses = ['open', 'replayed', 'discarded'] as const
export type LetterStatus = (typeof letterStatuses)[number]

export interface LetterFilter {
  letterIds?: readonly number[] | undefined
  topic?: string | undefined
  reason?: string | undefined
  status?: LetterStatus | undefined
  /** Only letters that were written from here on. */
  since?: Date | undefined
  /** Only letters that were written before. */
  until?: Date | undefined
}

export interface Letter {
  letterId: number
  origin: string
  topic: TopicName
  partition: number
  offset: number
  reason: string
  error: string
  status: LetterStatus
  attempts: number
  knownAt: Date
  createdAt: Date
  updatedAt: Date
}

export interface WholeLetter extends Letter {
  key: Buffer | null
  payload: Buffer | null
  headers: Record<string, string>
}

const COLUMNS = `letter_id as "letterId", origin, topic, partition, "offset", reason, error, status, attempts,
  known_at as "knownAt", created_at as "createdAt", updated_at as "updatedAt"`

const MATCHES = `($1::bigint[] is null or letter_id = any($1))
  and topic = coalesce($2, topic) and reason = coalesce($3, reason) and status = coalesce($4, status)
  and created_at >= coalesce($5::timestamptz, created_at) and ($6::timestamptz is null or created_at < $6)`

const valuesOf = ({ letterIds, topic, reason, status, since, until }: LetterFilter) => [
  letterIds ?? null,
  topic ?? null,
  reason ?? null,
  status ?? null,
  since ?? null,
  until ?? null,
]

/** The oldest letters that match, and how many match in all. */
export async function listLetters(
  pool: Pool,
  filter: LetterFilter,
  limit: number,
): Promise<{ letters: Letter[]; total: number }> {
  const { rows } = await pool.query<Letter>(
    `select ${COLUMNS} from ops.dead_letters where ${MATCHES} order by letter_id limit $7`,
    [...valuesOf(filter), limit],
  )
  const counted = await pool.query<{ total: number }>(
    `select count(*) as total from ops.dead_letters where ${MATCHES}`,
    valuesOf(filter),
  )
  return { letters: rows, total: counted.rows[0]!.total }
}

/** One letter with what was sent, or undefined. */
export async function readLetter(pool: Pool, letterId: number): Promise<WholeLetter | undefined> {
  const { rows } = await pool.query<WholeLetter>(
    `select ${COLUMNS}, key, payload, headers from ops.dead_letters where letter_id = $1`,
    [letterId],
  )
  return rows[0]
}

/** Open letters that match will never be replayed; they stay readable. Returns how many. */
export async function discardLetters(pool: Pool, filter: LetterFilter, limit: number): Promise<number> {
  const { rowCount } = await pool.query(
    `update ops.dead_letters set status = 'discarded', updated_at = now()
     where letter_id in (
       select letter_id from ops.dead_letters where ${MATCHES} order by letter_id limit $7 for update
     )`,
    [...valuesOf({ ...filter, status: 'open' }), limit],
  )
  return rowCount ?? 0
}

export interface ReplayOptions {
  filter: LetterFilter
  limit: number
  ratePerSecond: number
  /** What is sent instead of the letter's payload. */
  payload?: Buffer | undefined
  kafkaTopic: (topic: TopicName) => string
  onSent?: (sent: number) => void
}

const BATCH_MAX = 500

/**
 * Sends open letters to the topic that they came from, once, at most so many a second. A letter is marked in the
 * transaction in which it is sent; when that breaks off the letter stays open, and a second copy of an event counts as a
 * duplicate. A message that fails again opens its letter again: nothing is sent in a loop.
 *
 * @returns how many were sent
 */
export async function replayLetters(pool: Pool, producer: MessageProducer, options: ReplayOptions): Promise<number> {
  let sent = 0
  // A letter may fail and be open again while this runs: going up in ids, none is sent twice.
  let after = 0
  while (sent < options.limit) {
    const startedAt = performance.now()
    const wanted = Math.min(options.limit - sent, BATCH_MAX, Math.max(1, options.ratePerSecond))
    const last = await sendBatch(pool, producer, options, after, wanted)
    if (last === undefined) break
    after = last.letterId
    sent += last.count
    options.onSent?.(sent)
    const dueMs = (last.count / options.ratePerSecond) * 1000 - (performance.now() - startedAt)
    if (last.count < wanted) break
    if (dueMs > 0) await pause(dueMs)
  }
  return sent
}

type SentLetter = Pick<WholeLetter, 'letterId' | 'topic' | 'key' | 'payload' | 'attempts'>

function sendBatch(
  pool: Pool,
  producer: MessageProducer,
  { filter, payload, kafkaTopic }: ReplayOptions,
  after: number,
  count: number,
): Promise<{ letterId: number; count: number } | undefined> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<SentLetter>(
      `select letter_id as "letterId", topic, key, payload, attempts from ops.dead_letters
       where ${MATCHES} and letter_id > $7 order by letter_id limit $8 for update skip locked`,
      [...valuesOf({ ...filter, status: 'open' }), after, count],
    )
    if (rows.length === 0) return undefined
    await client.query(
      "update ops.dead_letters set status = 'replayed', updated_at = now() where letter_id = any($1)",
      [rows.map(({ letterId }) => letterId)],
    )
    await producer.sendBatch({
      acks: -1,
      topicMessages: [...new Set(rows.map(({ topic }) => topic))].map((topic) => ({
        topic: kafkaTopic(topic),
        messages: rows.filter((letter) => letter.topic === topic).map((letter) => asMessage(letter, payload)),
      })),
    })
    return { letterId: rows.at(-1)!.letterId, count: rows.length }
  })
}

const asMessage = ({ key, payload, topic, letterId, attempts }: SentLetter, edited: Buffer | undefined) => ({
  key: (edited && keyIn(topic, edited)) ?? key,
  value: edited ?? payload,
  headers: { [LETTER_HEADER]: String(letterId), [ATTEMPTS_HEADER]: String(attempts) },
})

/** The message key as the edited payload has it: that may be just what was wrong. */
function keyIn(topic: TopicName, payload: Buffer): string | undefined {
  try {
    const event = JSON.parse(payload.toString('utf8')) as Record<string, unknown> | null
    const key = event?.[topics[topic].key]
    return typeof key === 'string' ? key : undefined
  } catch {
    // What isn't JSON is sent as it is, and comes back as the letter that it was.
    return undefined
  }
}
