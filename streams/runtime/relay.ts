import { deadLetterTopic, type TopicName } from '../../contracts/topics.ts'
import { type MessageProducer, REQUEST_BYTES_MAX } from '../../platform/kafka/kafka.ts'
import type { Logger } from '../../platform/log.ts'
import type { Pool, PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { ATTEMPTS_HEADER, LETTER_HEADER } from './dead-letters.ts'
import { type DueTopic, type Outgoing, relayTopics, sendOrSplit } from './relay-round.ts'

const LETTERS_MAX = 200
/** Of the error in the message's header; `shelfline dlq show` has all of it. */
const ERROR_CHARACTERS_MAX = 2_000

const statements = {
  topics: statement('streams/relays/letter_topics.sql'),
  take: statement('streams/relays/take_letters.sql'),
  settle: statement('streams/relays/settle_letters.sql'),
}

interface UnsentLetter {
  id: number
  origin: string
  topic: TopicName
  partition: number
  offset: number
  key: Buffer | null
  payload: Buffer | null
  reason: string
  error: string
  attempts: number
  /** Only the beginning of the payload is kept, and sent. */
  isCut: boolean
  payloadBytes: number | null
  payloadSha256: string | null
}

/**
 * Sends dead letters that were not sent yet to the dead letter topic of their topic, and marks them. A worker that is
 * killed between the two sends them again: at least once, with the letter's id to recognise copies. A round has 200 letters
 * of a topic at most, and 900,000 bytes or one letter. What Kafka doesn't take is noted in `ops.unsent_message`.
 *
 * @returns how many are done with in one round of each topic; 0 means that there are no more
 */
export async function relayDeadLetters(
  pool: Pool,
  producer: MessageProducer,
  logger: Logger,
  kafkaTopic: (topic: TopicName) => string,
): Promise<number> {
  const { rows } = await pool.query<DueTopic & { topic: TopicName }>(statements.topics)
  return relayTopics({ pool, logger, relay: 'dead_letters' }, rows, (client, { topic }) =>
    relayRound(client, producer, logger, topic, deadLetterTopic(kafkaTopic(topic))),
  )
}

async function relayRound(
  client: PoolClient,
  producer: MessageProducer,
  logger: Logger,
  topic: TopicName,
  kafkaTopic: string,
): Promise<number> {
  const values = [topic, LETTERS_MAX, REQUEST_BYTES_MAX, ERROR_CHARACTERS_MAX]
  const { rows } = await client.query<UnsentLetter>(statements.take, values)
  const { sent, refused } = await sendOrSplit(producer, kafkaTopic, rows.map(asItem))
  const done = [...sent.map((item) => ({ item, refusal: null })), ...refused]
  await client.query(statements.settle, [
    done.map(({ item }) => item.id),
    done.map(({ item }) => item.attempts),
    done.map(({ refusal }) => refusal?.reason ?? null),
    done.map(({ refusal }) => refusal?.error ?? null),
  ])
  if (sent.length > 0) logger.info({ topic, letters: sent.length }, 'dead letters were sent to their topic')
  if (refused.length > 0) {
    const what = 'dead letters that Kafka rejects were set aside; to list them: shelfline outbox list'
    logger.error({ topic, letters: refused.length, reason: refused[0]!.refusal.reason }, what)
  }
  return done.length
}

const asItem = (letter: UnsentLetter): Outgoing & UnsentLetter => ({
  ...letter,
  message: {
    key: letter.key,
    value: letter.payload,
    headers: {
      [LETTER_HEADER]: String(letter.id),
      [ATTEMPTS_HEADER]: String(letter.attempts),
      'shelfline-origin': letter.origin,
      'shelfline-reason': letter.reason,
      'shelfline-error': letter.error,
      'shelfline-topic': letter.topic,
      'shelfline-partition': String(letter.partition),
      'shelfline-offset': String(letter.offset),
      ...(letter.isCut && {
        'shelfline-payload-bytes': String(letter.payloadBytes ?? ''),
        'shelfline-payload-sha256': letter.payloadSha256 ?? '',
      }),
    },
  },
})
