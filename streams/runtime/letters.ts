import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type TopicName, topics } from '../../contracts/topics.ts'
import type { MessageProducer } from '../../platform/kafka/kafka.ts'
import { inTransaction, type Pool } from '../../platform/postgres/postgres.ts'
import { ATTEMPTS_HEADER, LETTER_HEADER } from './dead-letters.ts'
import type { StreamMessage } from './processor.ts'

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
  /** Bytes of the whole payload, and its SHA-256 in hexadecimal; null when it was empty. */
  payloadBytes: number | null
  payloadSha256: string | null
  /** Whether only the beginning of the payload or of the key is kept. */
  isCut: boolean
  /** Where the whole lies in Kafka: with the newest replay that failed, else where it came first. */
  readPartition: number
  readOffset: number
  /** Kafka's own offsets are lower by this; what lies below it is in a log that Kafka no longer has. */
  logBase: number
  knownAt: Date
  createdAt: Date
  updatedAt: Date
  /** Who discarded it, and why. */
  settledBy: string | null
  settledWhy: string | null
}

export interface WholeLetter extends Letter {
  key: Buffer | null
  payload: Buffer | null
  headers: Record<string, string>
}

const COLUMNS = `letter_id as "letterId", origin, topic, partition, "offset", reason, error, status, attempts,
  payload_bytes as "payloadBytes", payload_sha256 as "payloadSha256", is_cut as "isCut",
  read_partition as "readPartition", read_offset as "readOffset",
  coalesce((select max(base) from ops.topic_logs as log where log.topic = dead_letters.topic), 0) as "logBase",
  known_at as "knownAt", created_at as "createdAt", updated_at as "updatedAt", settled_by as "settledBy",
  settled_why as "settledWhy"`

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

/** The oldest letters that match, behind the one with the number `after`, and how many match in all. */
export async function listLetters(
  pool: Pool,
  filter: LetterFilter,
  limit: number,
  after = 0,
): Promise<{ letters: Letter[]; total: number }> {
  const { rows } = await pool.query<Letter>(
    `select ${COLUMNS} from ops.dead_letters where ${MATCHES} and letter_id > $8 order by letter_id limit $7`,
    [...valuesOf(filter), limit, after],
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
export async function discardLetters(
  pool: Pool,
  filter: LetterFilter,
  limit: number,
  { by, why }: { by: string; why: string },
): Promise<number> {
  const { rowCount } = await pool.query(
    `update ops.dead_letters set status = 'discarded', updated_at = now(), settled_by = $8, settled_why = $9
     where letter_id in (
       select letter_id from ops.dead_letters where ${MATCHES} order by letter_id limit $7 for update
     )`,
    [...valuesOf({ ...filter, status: 'open' }), limit, by, why],
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
  /** Reads what is in Kafka at a place; undefined when nothing is there now. */
  readMessage: (kafkaTopic: string, partition: number, offset: number) => Promise<ReadMessage | undefined>
  onSent?: (sent: number) => void
}

type ReadMessage = Pick<StreamMessage, 'key' | 'value' | 'whole'>

export interface Replayed {
  sent: number
  /** Letters that can't be sent, and stay open. */
  refused: RefusedLetter[]
}

export interface RefusedLetter {
  letterId: number
  /** A sentence, with the fix. */
  why: string
}

const BATCH_MAX = 500
/** One request has a batch for each partition, and Kafka takes 1,048,588 bytes in one. */
const BATCH_BYTES_MAX = 900_000
const MESSAGE_OVERHEAD_BYTES = 200

/**
 * Sends open letters to the topic that they came from, once, at most this many a second. A letter is marked in the
 * transaction in which it is sent; when that breaks off the letter stays open, and a second copy of an event counts as a
 * duplicate. A message that fails again opens its letter again: nothing is sent in a loop. Of a letter that was cut the
 * whole is read from Kafka; a letter whose message is gone from there is refused.
 */
export async function replayLetters(pool: Pool, producer: MessageProducer, options: ReplayOptions): Promise<Replayed> {
  const done: Replayed = { sent: 0, refused: [] }
  // A letter may fail and be open again while this runs: going up in ids, none is sent twice.
  let after = 0
  const until = await newestLetter(pool)
  while (done.sent < options.limit) {
    const startedAt = performance.now()
    const wanted = Math.min(options.limit - done.sent, BATCH_MAX, Math.max(1, options.ratePerSecond))
    const letterIds = await nextRound(pool, options, { after, until }, wanted)
    if (letterIds.length === 0) break
    after = letterIds.at(-1)!
    const { sent, refused } = await sendRound(pool, producer, options, letterIds)
    done.sent += sent
    done.refused.push(...refused)
    options.onSent?.(done.sent)
    const dueMs = (sent / options.ratePerSecond) * 1000 - (performance.now() - startedAt)
    if (dueMs > 0) await pause(dueMs)
  }
  return done
}

/** What is sent may be refused by another processor, as a new letter: that is not sent by the same call. */
async function newestLetter(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ newest: number }>(
    'select coalesce(max(letter_id), 0) as newest from ops.dead_letters',
  )
  return rows[0]!.newest
}

/** The letters that go out next: at most this many, and at most this many bytes or one letter. */
async function nextRound(
  pool: Pool,
  { filter, payload }: ReplayOptions,
  { after, until }: { after: number; until: number },
  count: number,
): Promise<number[]> {
  const { rows } = await pool.query<{ letter_id: number; bytes: number }>(
    `select letter_id, coalesce($9::bigint, payload_bytes, 0) + coalesce(length(key), 0) as bytes from ops.dead_letters
     where ${MATCHES} and letter_id > $7 and letter_id <= $10 order by letter_id limit $8`,
    [...valuesOf({ ...filter, status: 'open' }), after, count, payload?.length ?? null, until],
  )
  let bytes = 0
  const fits = rows.filter((row, index) => {
    bytes += row.bytes + MESSAGE_OVERHEAD_BYTES
    return index === 0 || bytes <= BATCH_BYTES_MAX
  })
  return fits.map(({ letter_id }) => letter_id)
}

type SentLetter = Pick<
  WholeLetter,
  | 'letterId'
  | 'topic'
  | 'reason'
  | 'key'
  | 'payload'
  | 'attempts'
  | 'isCut'
  | 'payloadBytes'
  | 'payloadSha256'
  | 'readPartition'
  | 'readOffset'
  | 'logBase'
>

class RefusedByKafka extends Error {
  override name = 'RefusedByKafka'
}

async function sendRound(
  pool: Pool,
  producer: MessageProducer,
  options: ReplayOptions,
  letterIds: readonly number[],
): Promise<Replayed> {
  try {
    return await inTransaction(pool, async (client) => {
      const { rows } = await client.query<SentLetter>(
        `select ${COLUMNS}, key, payload from ops.dead_letters
         where letter_id = any($1) and status = 'open' order by letter_id for update skip locked`,
        [letterIds],
      )
      const whole: SentLetter[] = []
      const refused: RefusedLetter[] = []
      for (const row of rows) {
        const letter = await wholeOf(row, options)
        if ('why' in letter) refused.push(letter)
        else whole.push(letter)
      }
      if (whole.length > 0) {
        await client.query(
          "update ops.dead_letters set status = 'replayed', updated_at = now() where letter_id = any($1)",
          [whole.map(({ letterId }) => letterId)],
        )
        await send(producer, options, whole)
      }
      return { sent: whole.length, refused }
    })
  } catch (error) {
    if (!(error instanceof RefusedByKafka)) throw error
    return { sent: 0, refused: [{ letterId: letterIds[0]!, why: error.message }] }
  }
}

/** The letter with its whole payload and key, or why they can't be read. */
async function wholeOf(letter: SentLetter, options: ReplayOptions): Promise<SentLetter | RefusedLetter> {
  const { letterId, topic, reason, isCut, payloadBytes, payloadSha256, readPartition, readOffset, logBase } = letter
  if (reason === 'unsigned') {
    return { letterId, why: `letter ${letterId}: no one has signed it; send the change again from where it is made` }
  }
  if (!isCut || options.payload !== undefined) return letter
  const place = `${topic}/${readPartition}@${readOffset}`
  const isInLog = readOffset >= logBase
  const found = isInLog
    ? await options.readMessage(options.kafkaTopic(topic), readPartition, readOffset - logBase)
    : undefined
  if (found !== undefined && sha256(found.value) === payloadSha256) {
    return { ...letter, key: found.key, payload: found.value }
  }
  if (found?.whole !== undefined) return { letterId, why: tooLarge(letterId, found.whole.bytes) }
  const why = found === undefined ? 'Kafka no longer has it' : 'Kafka has another message'
  return {
    letterId,
    why: `letter ${letterId}: only the first part of its ${payloadBytes} bytes was stored, and ${why} at ${place}; send the whole message with --payload-file`,
  }
}

const tooLarge = (letterId: number, bytes: number): string =>
  `letter ${letterId}: its ${bytes} bytes are more than Kafka accepts; send a smaller message with --payload-file`

const sha256 = (bytes: Buffer | null): string | null => bytes && createHash('sha256').update(bytes).digest('hex')

async function send(
  producer: MessageProducer,
  { payload, kafkaTopic }: ReplayOptions,
  letters: readonly SentLetter[],
): Promise<void> {
  const topicNames = [...new Set(letters.map(({ topic }) => topic))]
  try {
    await producer.sendBatch({
      acks: -1,
      topicMessages: topicNames.map((topic) => ({
        topic: kafkaTopic(topic),
        messages: letters.filter((letter) => letter.topic === topic).map((letter) => asMessage(letter, payload)),
      })),
    })
  } catch (error) {
    if (letters.length > 1 || (error as { type?: string }).type !== 'MESSAGE_TOO_LARGE') throw error
    const { letterId, payloadBytes } = letters[0]!
    const bytes = payload?.length ?? payloadBytes
    throw new RefusedByKafka(tooLarge(letterId, bytes ?? 0))
  }
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
