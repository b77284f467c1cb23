import { stateTopicNames, topicNames } from '../../contracts/topics.ts'
import { type MessageProducer, REQUEST_BYTES_MAX } from '../../platform/kafka/kafka.ts'
import { STATE_MESSAGE_BYTES_MAX } from '../../platform/kafka/topics.ts'
import type { Logger } from '../../platform/log.ts'
import type { Pool, PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import {
  type DueTopic,
  type Outgoing,
  relayTopics,
  type SentRound,
  type SetAsideReason,
  sendOrSplit,
} from './relay-round.ts'

const MESSAGES_MAX = 2_000
const KNOWN_TOPICS: ReadonlySet<string> = new Set([...topicNames, ...stateTopicNames])
const SET_ASIDE = 'messages that Kafka rejects were set aside; to list them: shelfline outbox list'
const COMPACTED: ReadonlySet<string> = new Set(stateTopicNames)

const statements = {
  topics: statement('streams/relays/outbox_topics.sql'),
  take: statement('streams/relays/take_outbox.sql'),
  drop: statement('streams/relays/drop_sent.sql'),
  setAside: statement('streams/relays/set_aside.sql'),
  setAsideTopic: statement('streams/relays/set_aside_topic.sql'),
  settleUnsent: statement('streams/relays/settle_unsent.sql'),
}

interface OutboxMessage {
  id: number
  key: string
  payload: string
  emittedAt: Date
  unsentId: number | null
  bytes: number
}

type OutboxItem = Outgoing & OutboxMessage

interface OutboxTopic extends DueTopic {
  /** Messages for it were set aside, or are sent again. */
  hasUnsent: boolean
}

export interface OutboxRelay {
  pool: Pool
  producer: MessageProducer
  logger: Logger
  kafkaTopic: (topic: string) => string
  /**
   * `healthy`: topics that can be sent to, as far as is known. `failing`: those to which the last send failed. Each lane has
   * a producer of its own, so that a topic that fails slowly doesn't hold up the others.
   */
  lane: 'healthy' | 'failing'
}

/**
 * Sends what transactions left in `ops.outbox` and deletes it: the messages of a topic in their order, by one worker at a
 * time, at least once. A round has 2,000 messages of a topic at most, and 900,000 bytes or one message. Of a state topic's
 * records with one key only the newest of a round is sent. What Kafka doesn't take is set aside in `ops.unsent_message`.
 *
 * @returns how many left the outbox in one round of each topic; 0 means that there are no more
 */
export async function relayOutbox(relay: OutboxRelay): Promise<number> {
  const { pool, logger, lane } = relay
  const { rows } = await pool.query<OutboxTopic>(statements.topics, [lane === 'failing'])
  return relayTopics({ pool, logger, relay: 'outbox' }, rows, (client, due) => relayRound(relay, client, due))
}

async function relayRound(
  { producer, logger, kafkaTopic }: OutboxRelay,
  client: PoolClient,
  { topic, hasUnsent }: OutboxTopic,
): Promise<number> {
  if (!KNOWN_TOPICS.has(topic)) {
    const error = `the topic "${topic}" is not in contracts/topics.ts`
    return setTopicAside(client, logger, { topic, bytesAbove: -1, reason: 'unknown_topic', error })
  }
  const values = [topic, MESSAGES_MAX, REQUEST_BYTES_MAX, STATE_MESSAGE_BYTES_MAX]
  const { rows } = await client.query<OutboxMessage>(statements.take, values)
  if (rows.length === 0) {
    const bytesAbove = STATE_MESSAGE_BYTES_MAX
    const error = `it has more than ${bytesAbove} bytes, the limit of every topic`
    return setTopicAside(client, logger, { topic, bytesAbove, reason: 'too_large', error })
  }
  const items = (COMPACTED.has(topic) ? newestPerKey(rows) : rows).map(asItem)
  const round = await sendOrSplit(producer, kafkaTopic(topic), items)
  if (round.refused.length > 0) await setAside(client, logger, topic, round.refused)
  const done = withoutLeft(topic, rows, round.left)
  if (hasUnsent || done.some(({ unsentId }) => unsentId !== null)) {
    await settleUnsent(client, topic, round.sent, done, items)
  }
  await client.query(statements.drop, [topic, done.map(({ id }) => id)])
  return done.length
}

interface TopicRefusal {
  topic: string
  /** Messages with more bytes than this are set aside. */
  bytesAbove: number
  reason: SetAsideReason
  error: string
}

async function setTopicAside(
  client: PoolClient,
  logger: Logger,
  { topic, bytesAbove, reason, error }: TopicRefusal,
): Promise<number> {
  const values = [topic, bytesAbove, MESSAGES_MAX, reason, error]
  const { rowCount } = await client.query(statements.setAsideTopic, values)
  if (rowCount) logger.error({ topic, messages: rowCount, reason }, SET_ASIDE)
  return rowCount ?? 0
}

async function setAside(
  client: PoolClient,
  logger: Logger,
  topic: string,
  refused: SentRound<OutboxItem>['refused'],
): Promise<void> {
  await client.query(statements.setAside, [
    topic,
    refused.map(({ item }) => item.id),
    refused.map(({ refusal }) => refusal.reason),
    refused.map(({ refusal }) => refusal.error),
  ])
  logger.error({ topic, messages: refused.length, reason: refused[0]!.refusal.reason }, SET_ASIDE)
}

/** What is done with: of a key whose newest record is left, all records stay. */
function withoutLeft(
  topic: string,
  rows: readonly OutboxMessage[],
  left: readonly OutboxItem[],
): readonly OutboxMessage[] {
  if (left.length === 0) return rows
  const nameOf = COMPACTED.has(topic)
    ? ({ key }: OutboxMessage): string | number => key
    : ({ id }: OutboxMessage): string | number => id
  const names = new Set(left.map(nameOf))
  return rows.filter((row) => !names.has(nameOf(row)))
}

async function settleUnsent(
  client: PoolClient,
  topic: string,
  sent: readonly OutboxItem[],
  done: readonly OutboxMessage[],
  items: readonly OutboxItem[],
): Promise<void> {
  const tried = new Set(items.map(({ id }) => id))
  const replaced = done.filter(({ id }) => !tried.has(id))
  const unsentIds = (messages: readonly OutboxMessage[]) => messages.flatMap(({ unsentId }) => unsentId ?? [])
  await client.query(statements.settleUnsent, [
    topic,
    unsentIds(sent),
    unsentIds(replaced),
    sent.map(({ key }) => key),
    COMPACTED.has(topic),
  ])
}

const newestPerKey = (messages: readonly OutboxMessage[]): OutboxMessage[] => [
  ...new Map(messages.map((message) => [message.key, message])).values(),
]

const asItem = (row: OutboxMessage): OutboxItem => ({
  ...row,
  message: { key: row.key, value: row.payload, timestamp: String(row.emittedAt.getTime()) },
})
