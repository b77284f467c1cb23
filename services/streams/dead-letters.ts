/** Dead letters: messages that could not be applied, and what a person does about them. */
import type { Kafka } from 'kafkajs'
import { parseEvent } from '../../contracts/parse.ts'
import { type TopicName, topicNames } from '../../contracts/topics.ts'
import type { MessageProducer } from '../../platform/kafka/kafka.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import {
  discardLetters,
  type Letter,
  type LetterFilter,
  type LetterStatus,
  letterStatuses,
  listLetters,
  type Replayed,
  type ReplayOptions,
  readLetter,
  replayLetters,
  type WholeLetter,
} from '../../streams/runtime/letters.ts'
import { MessageReader } from '../../streams/runtime/message-reader.ts'
import { ConflictError, InvalidError, NotFoundError } from '../errors.ts'
import { withProducer } from '../kafka.ts'
import { keyBefore, limitOf, type PageRequest, pageOf } from '../pages.ts'
import { requireChoice, requireCount, requireDayOrInstant, requireWhy } from '../values.ts'
import type { Decision } from './streams.ts'

export { type Letter, letterStatuses, type Replayed, type WholeLetter } from '../../streams/runtime/letters.ts'

/** What is left out does not limit. */
export interface DeadLetterFilter {
  topic?: string | undefined
  /** Such as `schema_violation`. */
  reason?: string | undefined
  /** Written from here on: a day, which begins at midnight UTC, or an instant. */
  since?: string | undefined
  /** Written before. */
  until?: string | undefined
}

export interface DeadLetters {
  /** The oldest first. */
  letters: Letter[]
  /** How many match in all. */
  total: number
  /** The cursor of the next page; null: this was the last. */
  next: string | null
}

/** @throws InvalidError naming the value of the filter, or of the page, that is impossible */
export async function listDeadLetters(
  pool: Pool,
  { status = 'open', ...filter }: DeadLetterFilter & { status?: string | undefined },
  page: PageRequest = {},
): Promise<DeadLetters> {
  const limit = limitOf(page)
  const [after] = keyBefore(page, ['bigint'])
  const wanted = { ...letterFilter(filter), status: requireChoice('status', status, letterStatuses) as LetterStatus }
  const { letters, total } = await listLetters(pool, wanted, limit + 1, Number(after))
  const { items, next } = pageOf(letters, limit, ({ letterId }) => [String(letterId)])
  return { letters: items, total, next }
}

/** One letter with its key, headers and payload. @throws NotFoundError */
export async function showDeadLetter(pool: Pool, letterId: number): Promise<WholeLetter> {
  const letter = await readLetter(pool, letterId)
  if (letter === undefined) throw new NotFoundError('dead letter', letterId)
  return letter
}

/** Open letters by number, by filter, or all of them. */
export interface DeadLetterChoice extends DeadLetterFilter {
  /** Their numbers. */
  letters?: readonly number[] | undefined
  /** Every open letter: without numbers or a filter, this has to be asked for. */
  all?: boolean | undefined
  /** Letters at most, the oldest first; left out: 100,000. */
  limit?: number | undefined
}

export interface ChosenDeadLetters {
  /** How many would be replayed or discarded. */
  matching: number
  /** The first 20 of them. */
  letters: Letter[]
}

const LIMIT_DEFAULT = 100_000
const LIMIT_MAX = 10_000_000
const PREVIEW_LETTERS = 20

/**
 * The open letters that a choice means.
 *
 * @throws InvalidError when nothing is chosen, or a value is impossible
 * @throws ConflictError when a letter that is named is unknown or not open
 */
export async function chooseDeadLetters(pool: Pool, choice: DeadLetterChoice): Promise<ChosenDeadLetters> {
  const { filter, limit } = chosenBy(choice)
  const { letters, total } = await listLetters(pool, filter, Math.min(limit, PREVIEW_LETTERS))
  const named = filter.letterIds?.length ?? 0
  if (total >= named) return { matching: Math.min(total, limit), letters }
  throw new ConflictError(`${named - total} of the ${named} letters named are unknown or not open`, {
    fix: 'nothing was changed',
  })
}

function chosenBy({ letters = [], all, limit = LIMIT_DEFAULT, ...filter }: DeadLetterChoice): {
  filter: LetterFilter
  limit: number
} {
  const wanted = { ...letterFilter(filter), status: 'open' as const }
  const isFiltered = Object.values(filter).some((value) => value !== undefined)
  if (letters.length === 0 && !isFiltered && !all) {
    throw new InvalidError('no dead letters are chosen', {
      fix: 'give their numbers, a filter such as the topic, or ask for all',
    })
  }
  return {
    filter: letters.length > 0 ? { ...wanted, letterIds: [...new Set(letters)] } : wanted,
    limit: requireCount('limit', limit, 1, LIMIT_MAX),
  }
}

export interface ReplayRequest extends DeadLetterChoice {
  /** Messages a second at most, 1 to 100,000; left out: 500. */
  rate?: number | undefined
  /** Sent instead of the letter's own payload: for one letter only. */
  payload?: Buffer | undefined
}

export interface ReplayDependencies {
  pool: Pool
  producer: MessageProducer
  readMessage: ReplayOptions['readMessage']
}

const RATE_DEFAULT = 500

/**
 * Sends open letters to their topics again. One that fails again is open again.
 *
 * @param onSent is given how many were sent so far
 * @throws InvalidError when nothing is chosen, or the payload breaks the contract of its topic; nothing is sent then
 * @throws ConflictError when a letter that is named is unknown or not open; nothing is sent then
 * @returns how many were sent, and which could not be, with why
 */
export async function replayDeadLetters(
  { pool, producer, readMessage }: ReplayDependencies,
  { rate = RATE_DEFAULT, payload, ...choice }: ReplayRequest,
  onSent: (sent: number) => void = () => undefined,
): Promise<Replayed> {
  await checkReplay(pool, { rate, payload, ...choice })
  return replayLetters(pool, producer, {
    ...chosenBy(choice),
    ratePerSecond: rate,
    payload,
    readMessage,
    onSent,
    kafkaTopic: (topic) => topic,
  })
}

/** What `replayDeadLetters` would send. @throws as it does */
export async function checkReplay(pool: Pool, request: ReplayRequest): Promise<ChosenDeadLetters> {
  const { rate = RATE_DEFAULT, payload, ...choice } = request
  requireCount('rate', rate, 1, 100_000)
  const chosen = await chooseDeadLetters(pool, choice)
  if (payload === undefined) return chosen
  const { letters = [] } = choice
  if (letters.length !== 1) throw new InvalidError(`a payload can replace that of one letter, not of ${letters.length}`)
  const { topic } = await showDeadLetter(pool, letters[0]!)
  const parsed = parseEvent(topic, payload, Date.now())
  if (parsed.ok) return chosen
  throw new InvalidError(`the payload breaks the contract of ${topic} (${parsed.problem}): ${parsed.error}`, {
    fix: 'nothing was sent',
  })
}

/**
 * Closes open letters for good; they stay readable, with who and why.
 *
 * @throws as `chooseDeadLetters` does; InvalidError when the reason is none
 * @returns how many
 */
export async function discardDeadLetters(pool: Pool, choice: DeadLetterChoice, decision: Decision): Promise<number> {
  requireWhy(decision.why)
  await chooseDeadLetters(pool, choice)
  const { filter, limit } = chosenBy(choice)
  return discardLetters(pool, filter, limit, decision)
}

function letterFilter({ topic, reason, since, until }: DeadLetterFilter): LetterFilter {
  const filter = {
    topic: topic === undefined ? undefined : (requireChoice('topic', topic, topicNames) as TopicName),
    reason,
    since: since === undefined ? undefined : requireDayOrInstant('since', since),
    until: until === undefined ? undefined : requireDayOrInstant('until', until),
  }
  if (filter.since && filter.until && filter.since >= filter.until) {
    throw new InvalidError(`is not before ${until}`, { field: 'since', value: since })
  }
  return filter
}

/** The same with a producer and a reader of its own. */
export async function replayThrough(
  kafka: Kafka,
  pool: Pool,
  request: ReplayRequest,
  onSent?: (sent: number) => void,
): Promise<Replayed> {
  const reader = new MessageReader(kafka)
  const readMessage: ReplayOptions['readMessage'] = (topic, partition, offset) => reader.read(topic, partition, offset)
  try {
    return await withProducer(kafka, (producer) => replayDeadLetters({ pool, producer, readMessage }, request, onSent))
  } finally {
    await reader.disconnect()
  }
}
