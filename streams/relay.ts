import { deadLetterTopic, type TopicName } from '../contracts/topics.ts'
import type { MessageProducer } from '../platform/kafka.ts'
import type { Logger } from '../platform/log.ts'
import { inTransaction, type Pool } from '../platform/postgres.ts'
import { ATTEMPTS_HEADER, LETTER_HEADER } from './dead-letters.ts'

const LETTERS_MAX = 200

interface UnsentLetter {
  letter_id: number
  origin: string
  topic: TopicName
  partition: number
  offset: number
  key: Buffer | null
  payload: Buffer | null
  reason: string
  error: string
  attempts: number
}

/**
 * Sends dead letters that were not sent yet to the dead letter topic of their topic, and marks them. A worker that is
 * killed between the two sends them again: at least once, with the letter's id to tell copies apart.
 *
 * @returns how many were sent: 200 at most, so a full answer means that there may be more
 */
export async function relayDeadLetters(
  pool: Pool,
  producer: MessageProducer,
  logger: Logger,
  kafkaTopic: (topic: TopicName) => string,
): Promise<number> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<UnsentLetter>(
      `select letter_id, origin, topic, partition, "offset", key, payload, reason, error, attempts
       from ops.dead_letters where relayed_attempts < attempts
       order by letter_id limit $1 for update skip locked`,
      [LETTERS_MAX],
    )
    if (rows.length === 0) return 0
    const topics = [...new Set(rows.map(({ topic }) => topic))]
    await producer.sendBatch({
      acks: -1,
      topicMessages: topics.map((topic) => ({
        topic: deadLetterTopic(kafkaTopic(topic)),
        messages: rows.filter((letter) => letter.topic === topic).map(asMessage),
      })),
    })
    await client.query('update ops.dead_letters set relayed_attempts = attempts where letter_id = any($1)', [
      rows.map(({ letter_id }) => letter_id),
    ])
    logger.info({ letters: rows.length }, 'dead letters were sent to their topics')
    return rows.length
  })
}

const asMessage = (letter: UnsentLetter) => ({
  key: letter.key,
  value: letter.payload,
  headers: {
    [LETTER_HEADER]: String(letter.letter_id),
    [ATTEMPTS_HEADER]: String(letter.attempts),
    'shelfline-origin': letter.origin,
    'shelfline-reason': letter.reason,
    'shelfline-error': letter.error,
    'shelfline-topic': letter.topic,
    'shelfline-partition': String(letter.partition),
    'shelfline-offset': String(letter.offset),
  },
})
