/** Messages on their way to Kafka, and those that Kafka does not take. */
import { deadLetterTopic, topicNames } from '../../contracts/topics.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import {
  discardUnsent,
  listUnsent,
  type Retried,
  readUnsent,
  retryUnsent,
  type UnsentMessage,
  type UnsentStatus,
  unsentStatuses,
  type Waiting,
  waitingMessages,
} from '../../streams/runtime/unsent.ts'
import { ConflictError, InvalidError, NotFoundError } from '../errors.ts'
import { keyBefore, limitOf, type PageRequest, pageOf } from '../pages.ts'
import { requireChoice, requireWhy } from '../values.ts'
import type { Decision } from './streams.ts'

export { type UnsentMessage, unsentStatuses, type Waiting } from '../../streams/runtime/unsent.ts'

/** Dead letters are copied to topics of their own. */
const outboxTopics: readonly string[] = [...topicNames, ...topicNames.map(deadLetterTopic)]

export interface OutboxFilter {
  topic?: string | undefined
  /** Of those that were set aside; left out: `open`. */
  status?: string | undefined
}

export interface Outbox {
  /** What waits for Kafka, by relay and topic. */
  waiting: Waiting[]
  /** What was set aside because Kafka does not take it, the oldest first. */
  messages: UnsentMessage[]
  /** How many were set aside with this status. */
  total: number
  /** The cursor of the next page of `messages`; null: this was the last. */
  next: string | null
}

/** @throws InvalidError naming the known topics, or statuses, when the one asked for is none of them */
export async function readOutbox(
  pool: Pool,
  { topic, status = 'open' }: OutboxFilter,
  page: PageRequest = {},
): Promise<Outbox> {
  const wanted = {
    topic: await knownTopic(pool, topic),
    status: requireChoice('status', status, unsentStatuses) as UnsentStatus,
  }
  const limit = limitOf(page)
  const [after] = keyBefore(page, ['bigint'])
  const waiting = (await waitingMessages(pool)).filter((one) => topic === undefined || one.topic === topic)
  const { messages, total } = await listUnsent(pool, wanted, limit + 1, Number(after))
  const { items, next } = pageOf(messages, limit, ({ id }) => [String(id)])
  return { waiting, messages: items, total, next }
}

/** A message may have been set aside just because its topic is in no catalogue. */
async function knownTopic(pool: Pool, topic: string | undefined): Promise<string | undefined> {
  if (topic === undefined || (await listUnsent(pool, { topic }, 1)).total > 0) return topic
  return requireChoice('topic', topic, outboxTopics)
}

/**
 * One message that was set aside, with what is to be sent as JSON text; null where it is a copy of a dead letter.
 *
 * @throws NotFoundError
 */
export async function showUnsent(pool: Pool, id: number): Promise<UnsentMessage & { payload: string | null }> {
  const found = await readUnsent(pool, id)
  if (found === undefined) throw new NotFoundError('outbox message', id)
  return { ...found.message, payload: found.payload }
}

/** Open messages that were set aside: by number, by topic, or all of them. */
export interface UnsentChoice {
  /** Their numbers. */
  messages?: readonly number[] | undefined
  topic?: string | undefined
  /** Every open message: without numbers or a topic, this has to be asked for. */
  all?: boolean | undefined
}

const MESSAGES_MAX = 100_000

/**
 * The numbers of the open messages that a choice means, 100,000 at most.
 *
 * @throws InvalidError when nothing is chosen, or the topic is unknown
 * @throws ConflictError when a message that is named is unknown or not open
 */
export async function chooseUnsent(pool: Pool, { messages = [], topic, all }: UnsentChoice): Promise<number[]> {
  const named = [...new Set(messages)]
  if (named.length === 0 && topic === undefined && !all) {
    throw new InvalidError('no messages are chosen', { fix: 'give their numbers, a topic, or ask for all' })
  }
  const filter = {
    topic: await knownTopic(pool, topic),
    status: 'open' as const,
    ...(named.length > 0 && { ids: named }),
  }
  const found = await listUnsent(pool, filter, MESSAGES_MAX)
  const missing = named.length - found.messages.length
  if (missing <= 0) return found.messages.map(({ id }) => id)
  throw new ConflictError(`${missing} of the ${named.length} messages named are unknown or not open`, {
    fix: 'nothing was changed',
  })
}

/** Sends messages again that were set aside. @throws as `chooseUnsent` does */
export const retryMessages = async (pool: Pool, choice: UnsentChoice): Promise<Retried> =>
  retryUnsent(pool, await chooseUnsent(pool, choice))

/**
 * Gives messages up for good; they stay readable for 30 days.
 *
 * @throws as `chooseUnsent` does; InvalidError when the reason is none
 * @returns how many
 */
export async function discardMessages(pool: Pool, choice: UnsentChoice, { by, why }: Decision): Promise<number> {
  requireWhy(why)
  return discardUnsent(pool, await chooseUnsent(pool, choice), by, why)
}
