import type { Message } from 'kafkajs'
import { kafkaAnswer, type MessageProducer } from '../../platform/kafka/kafka.ts'
import type { Logger } from '../../platform/log.ts'
import { inTransaction, type Pool, type PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'

export type RelayName = 'outbox' | 'dead_letters'

export const setAsideReasons = ['too_large', 'unknown_topic', 'refused'] as const
export type SetAsideReason = (typeof setAsideReasons)[number]

/** Why Kafka rejects a message that was sent alone. */
export interface Refusal {
  reason: SetAsideReason
  error: string
}

/** A topic that messages wait for. */
export interface DueTopic {
  topic: string
  /** Sends to it that failed in a row. */
  failures: number
}

/** More refusals than this wait for the next round: each costs a new producer. */
const REFUSALS_MAX = 20

const PAUSE_MS_MIN = 1_000
const PAUSE_MS_MAX = 60_000

const lockTopic = statement('streams/relays/lock_topic.sql')
const noteProblem = statement('streams/relays/note_problem.sql')
const clearProblem = statement('streams/relays/clear_problem.sql')

/** Kafka did not take a send for a reason that is not about one message: it is retried. */
export class NotSent extends Error {
  override name = 'NotSent'
}

/**
 * Runs one round for each topic, each in a transaction of its own, by one worker at a time. A topic that can't be sent to
 * is noted in `ops.relay_problem` with the time of its next attempt; the others are sent to all the same.
 *
 * @param round sends and settles what it sent; returns how many messages are done with
 * @returns how many messages are done with in all
 * @throws when the database fails
 */
export async function relayTopics<Due extends DueTopic>(
  { pool, logger, relay }: { pool: Pool; logger: Logger; relay: RelayName },
  topics: readonly Due[],
  round: (client: PoolClient, due: Due) => Promise<number>,
): Promise<number> {
  let done = 0
  for (const due of topics) {
    try {
      done += await inTransaction(pool, async (client) => {
        const { rows } = await client.query<{ is_mine: boolean }>(lockTopic, [relay, due.topic])
        if (!rows[0]!.is_mine) return 0
        const count = await round(client, due)
        if (due.failures > 0) await client.query(clearProblem, [relay, due.topic])
        return count
      })
    } catch (error) {
      if (!(error instanceof NotSent)) throw error
      const pauseMs = pauseAfter(error, due.failures)
      await pool.query(noteProblem, [relay, due.topic, error.message.slice(0, 1_000), pauseMs])
      logger.warn(
        { relay, topic: due.topic, error: error.message, pauseMs },
        'sending to a topic failed; it is retried',
      )
    }
  }
  return done
}

/** Kafka's answer about the topic will be valid for a while; a broker that is away may be back in a second. */
function pauseAfter({ cause }: NotSent, failures: number): number {
  if (kafkaAnswer(cause) === undefined) return PAUSE_MS_MIN
  return Math.min(PAUSE_MS_MAX, PAUSE_MS_MIN * 2 ** Math.min(failures, 16))
}

export interface Outgoing {
  id: number
  message: Message
}

export interface SentRound<Item extends Outgoing> {
  sent: Item[]
  refused: { item: Item; refusal: Refusal }[]
  /** What was not tried. */
  left: Item[]
}

/**
 * Sends messages of one topic in their order. When Kafka refuses them because of what they are, halves are sent by
 * themselves until those are found that can't be sent.
 *
 * @returns what was sent and what was refused; after 20 refusals the rest is left for the next round
 * @throws NotSent when Kafka can't be sent to at this moment; some may have been sent
 */
export async function sendOrSplit<Item extends Outgoing>(
  producer: MessageProducer,
  kafkaTopic: string,
  items: readonly Item[],
): Promise<SentRound<Item>> {
  const sent: Item[] = []
  const refused: SentRound<Item>['refused'] = []
  // In the order in which they are to be sent.
  const parts: Item[][] = items.length > 0 ? [[...items]] : []
  while (parts.length > 0 && refused.length < REFUSALS_MAX) {
    const part = parts.shift()!
    const refusal = await refusalOf(producer, kafkaTopic, part)
    if (refusal === undefined) sent.push(...part)
    else if (part.length === 1) refused.push({ item: part[0]!, refusal })
    else parts.unshift(part.slice(0, part.length / 2), part.slice(part.length / 2))
  }
  return { sent, refused, left: parts.flat() }
}

async function refusalOf(
  producer: MessageProducer,
  topic: string,
  items: readonly Outgoing[],
): Promise<Refusal | undefined> {
  try {
    await producer.send({ topic, acks: -1, messages: items.map(({ message }) => message) })
    return undefined
  } catch (error) {
    const { message } = error as Error
    const reason = REFUSALS[kafkaAnswer(error) ?? '']
    if (reason === undefined) throw new NotSent(message, { cause: error })
    return { reason, error: message }
  }
}

/** Answers about the messages themselves. Every other error is about the topic, the broker or the producer. */
const REFUSALS: Readonly<Record<string, SetAsideReason>> = {
  MESSAGE_TOO_LARGE: 'too_large',
  RECORD_LIST_TOO_LARGE: 'too_large',
  INVALID_RECORD: 'refused',
  INVALID_TIMESTAMP: 'refused',
}
