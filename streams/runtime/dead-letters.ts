import { createHash } from 'node:crypto'
import type { IHeaders } from 'kafkajs'
import type { ContractProblem } from '../../contracts/parse.ts'
import type { TopicName } from '../../contracts/topics.ts'
import type { PoolClient } from '../../platform/postgres/postgres.ts'
import { preparedStatement } from './prepared-statement.ts'
import type { StreamMessage } from './processor.ts'

/** On a replayed message: the letter that it was, and how often it had failed by then. */
export const LETTER_HEADER = 'shelfline-dead-letter'
export const ATTEMPTS_HEADER = 'shelfline-dead-letter-attempts'

/** The origin of a message that no processor could have taken. */
export const CONTRACT_ORIGIN = 'contract'

/** `skipped`: a person asked for it, see `streams/runtime/skips.ts`; `unsigned`: see `streams/runtime/signatures.ts`. */
export type DeadLetterReason =
  | ContractProblem
  | 'rejected_by_database'
  | 'rejected_by_lake'
  | 'processing_failed'
  | 'skipped'
  | 'unsigned'

/** A message that becomes a dead letter, with no more of it than is kept. */
export interface DeadMessage {
  /** `contract`, or the processor that could not apply it. */
  origin: string
  topic: TopicName
  partition: number
  offset: number
  knownAtMs: number
  reason: DeadLetterReason
  error: string
  key: Buffer | null
  payload: Buffer | null
  /** Of the whole payload; null when there was none. */
  payloadBytes: number | null
  payloadSha256: string | null
  /** Whether the key or the payload is only a beginning. */
  isCut: boolean
  headers: Record<string, string>
  /** The letter that the message names as its original, and how often that had failed. */
  replayOf: number | null
  replayedAttempts: number
}

const ERROR_CHARACTERS_MAX = 2_000
const HEADERS_MAX = 64
const HEADER_CHARACTERS_MAX = 1_000

/**
 * What is kept of a message that can't be applied. Key and payload are copied: a message is a part of what was fetched
 * with it, all of which would stay in memory.
 *
 * @param bytesMax how much of the key, and of the payload, is kept
 */
export function deadMessage(
  from: { origin: string; topic: TopicName; partition: number },
  { offset, knownAtMs, key, value, headers, whole }: StreamMessage,
  { reason, error }: { reason: DeadLetterReason; error: string },
  bytesMax: number,
): DeadMessage {
  const { origin, topic, partition } = from
  return {
    origin,
    topic,
    partition,
    offset,
    knownAtMs,
    reason,
    error: withoutNul(error.slice(0, ERROR_CHARACTERS_MAX)),
    key: beginning(key, bytesMax),
    payload: beginning(value, bytesMax),
    payloadBytes: whole?.bytes ?? value?.length ?? null,
    payloadSha256: whole?.sha256 ?? (value && createHash('sha256').update(value).digest('hex')),
    isCut: whole !== undefined || (value?.length ?? 0) > bytesMax || (key?.length ?? 0) > bytesMax,
    headers: readableHeaders(headers),
    // What a person skipped is a letter of its own, under the place that they named.
    replayOf: reason === 'skipped' ? null : wholeNumber(headers[LETTER_HEADER]),
    replayedAttempts: wholeNumber(headers[ATTEMPTS_HEADER]) ?? 1,
  }
}

const beginning = (bytes: Buffer | null, bytesMax: number): Buffer | null =>
  bytes && Buffer.from(bytes.subarray(0, bytesMax))

const insert = preparedStatement('insert_dead_letters')
const lock = {
  name: 'lock_dead_letters',
  text: 'select from ops.dead_letters where letter_id = any($1::bigint[]) order by letter_id for update',
}

/**
 * Keeps messages as dead letters, in the caller's transaction. Doing it twice changes nothing; a replayed message that
 * fails again becomes the letter that it was, open again, with its attempts counted.
 */
export async function keepDeadLetters(client: PoolClient, dead: readonly DeadMessage[]): Promise<void> {
  if (dead.length === 0) return
  const replays = dead.flatMap(({ replayOf }) => replayOf ?? [])
  // Another processor may be keeping the same message: what it makes of the letter has to be seen.
  if (replays.length > 0) await client.query({ ...lock, values: [replays] })
  await client.query({
    ...insert,
    values: [
      dead.map(({ origin }) => origin),
      dead.map(({ topic }) => topic),
      dead.map(({ partition }) => partition),
      dead.map(({ offset }) => offset),
      dead.map(({ key }) => key),
      dead.map(({ payload }) => payload),
      dead.map(({ payloadBytes }) => payloadBytes),
      dead.map(({ payloadSha256 }) => payloadSha256),
      dead.map(({ isCut }) => isCut),
      dead.map(({ headers }) => JSON.stringify(headers)),
      dead.map(({ reason }) => reason),
      dead.map(({ error }) => error),
      dead.map(({ knownAtMs }) => new Date(knownAtMs)),
      dead.map(({ replayOf }) => replayOf),
      dead.map(({ replayedAttempts }) => replayedAttempts),
    ],
  })
}

/** PostgreSQL's text can't hold NUL. */
const withoutNul = (value: string): string => value.replaceAll('\u0000', '\ufffd')

const headerText = (value: IHeaders[string]): string => {
  const first = Array.isArray(value) ? value[0] : value
  if (first === undefined) return ''
  return typeof first === 'string' ? first : first.toString('utf8', 0, HEADER_CHARACTERS_MAX)
}

/** Headers as text: the first of them, and the beginning of each. */
export function readableHeaders(headers: IHeaders): Record<string, string> {
  const readable: [string, string][] = []
  for (const name in headers) {
    if (readable.length === HEADERS_MAX) break
    readable.push([readableHeader(name), readableHeader(headerText(headers[name]))])
  }
  return Object.fromEntries(readable)
}

/** What is cut may end in half of a character, which jsonb can't hold. */
const readableHeader = (text: string): string => withoutNul(text.slice(0, HEADER_CHARACTERS_MAX)).toWellFormed()

/** Anyone can write a header: what isn't a small whole number is no letter of ours. */
function wholeNumber(value: IHeaders[string]): number | null {
  const text = headerText(value)
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null
}
