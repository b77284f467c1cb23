import { stateTopicNames, topicNames } from '../contracts/topics.ts'
import type { MessageProducer } from '../platform/kafka.ts'
import { inTransaction, type Pool } from '../platform/postgres.ts'
import { statement } from '../platform/sql.ts'

const MESSAGES_MAX = 2_000
const KNOWN_TOPICS: ReadonlySet<string> = new Set([...topicNames, ...stateTopicNames])
const COMPACTED: ReadonlySet<string> = new Set(stateTopicNames)

interface OutboxMessage {
  outbox_id: number
  topic: string
  key: string
  payload: string
  emitted_at: Date
}

/**
 * Sends what transactions left in `ops.outbox` and deletes it: in order, by one worker at a time, at least once. Of a
 * state topic's records with one key only the newest of a round is sent.
 *
 * @returns how many left the outbox: 2,000 at most, so a full answer means that there may be more
 * @throws when a message names a topic that is not in the catalogue; it stays, and so do all behind it
 */
export async function relayOutbox(
  pool: Pool,
  producer: MessageProducer,
  kafkaTopic: (topic: string) => string,
): Promise<number> {
  return inTransaction(pool, async (client) => {
    const lock = await client.query<{ is_mine: boolean }>(statement('streams/lock_outbox.sql'))
    if (!lock.rows[0]!.is_mine) return 0
    const { rows } = await client.query<OutboxMessage>(statement('streams/take_outbox.sql'), [MESSAGES_MAX])
    if (rows.length === 0) return 0
    const byTopic = Map.groupBy(rows, ({ topic }) => topic)
    for (const [topic, messages] of byTopic) assertKnown(topic, messages[0]!)
    await producer.sendBatch({
      acks: -1,
      topicMessages: [...byTopic].map(([topic, messages]) => ({
        topic: kafkaTopic(topic),
        messages: (COMPACTED.has(topic) ? newestPerKey(messages) : messages).map(asMessage),
      })),
    })
    return rows.length
  })
}

function assertKnown(topic: string, { outbox_id }: OutboxMessage): void {
  if (KNOWN_TOPICS.has(topic)) return
  throw new Error(
    `outbox: message ${outbox_id} is for the topic "${topic}", which is not in contracts/topics.ts; correct or delete its row in ops.outbox`,
  )
}

const newestPerKey = (messages: readonly OutboxMessage[]): OutboxMessage[] => [
  ...new Map(messages.map((message) => [message.key, message])).values(),
]

const asMessage = ({ key, payload, emitted_at }: OutboxMessage) => ({
  key,
  value: payload,
  timestamp: String(emitted_at.getTime()),
})
