/**
 * Kafka's topics of captured changes, which Debezium writes and Shelfline only reads. They have whole rows of another system as they were, and
 * no message in Kafka can be changed: it ends with the retention of its topic, or with all that came before it.
 */
import type { Admin, Kafka } from 'kafkajs'
import { messagePattern, type Subject } from '../../activities/privacy/customer.ts'
import { textSearch } from '../../activities/privacy/search.ts'
import type { RowsByTable } from '../../activities/privacy/tables.ts'
import { PartitionReader } from '../../platform/kafka/partition-reader.ts'
import type { StreamMessage } from '../../platform/kafka/records.ts'
import type { TopicLog, TopicLogs } from '../../platform/kafka/topic-logs.ts'
import { type Keeping, keepingOf, withAdmin } from '../../platform/kafka/topics.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { readCdcMaps } from '../../sources/cdc/definition.ts'

export interface ChangeTopicDependencies {
  pool: Pool
  kafka: Kafka
  topicLogs: TopicLogs
}

/** What one of these topics has of a customer. */
export interface SearchedChanges {
  topic: string
  /** Messages that were looked through, and those that have the customer. */
  searched: number
  found: number
  /** Kafka has deleted the last of them by then, YYYY-MM-DDTHH:MM:SS.sssZ; null: there is none, or no such time. */
  until: string | null
  /** The topic is compacted: a message goes some time after a newer one about the same row. */
  isCompacted: boolean
}

/** The same, and what a map has yet to read. */
interface FoundChanges extends SearchedChanges {
  /** By partition: one past the newest message that has the customer. */
  ends: ReadonlyMap<number, number>
  /** Maps that have not read all of these messages, a sentence each. */
  unread: string[]
}

const BOUNDS = { messagesMax: 5_000, bytesMax: 8 * 1024 * 1024, maxWaitMs: 500 }

/** Looks through every topic that a map reads. One that Kafka does not have is left out. */
export async function searchChanges(
  { pool, kafka, topicLogs }: ChangeTopicDependencies,
  subject: Subject,
): Promise<FoundChanges[]> {
  const names = [...new Set(subject.mapped.map(({ changeTopic }) => changeTopic))].sort()
  const logs = await topicLogs.describe(names)
  if (logs.size === 0) return []
  const keeping = await withAdmin(kafka, (admin) => keepingOf(admin, [...logs.keys()]))
  const reader = new PartitionReader(kafka)
  await reader.connect()
  try {
    const found: FoundChanges[] = []
    for (const topic of names.filter((name) => logs.has(name))) {
      const log = logs.get(topic)!
      const fields = subject.mapped.filter(({ changeTopic }) => changeTopic === topic).flatMap((one) => one.fields)
      const isIn = textSearch(subject, messagePattern(subject, [...new Set(fields)]))
      const { newestMs, ...seen } = await searchLog(reader, { topic, log }, isIn)
      const unread = seen.found === 0 ? [] : await unreadOf(pool, topic, seen.ends)
      const kept = keeping.get(topic)!
      found.push({ topic, ...seen, until: endOf(newestMs, kept), isCompacted: kept.isCompacted, unread })
    }
    return found
  } finally {
    await reader.disconnect()
  }
}

interface SeenMessages {
  searched: number
  found: number
  newestMs: number
  ends: Map<number, number>
}

async function searchLog(
  reader: PartitionReader,
  { topic, log: { topicId, partitions } }: { topic: string; log: TopicLog },
  isIn: (text: string) => boolean,
): Promise<SeenMessages> {
  const seen: SeenMessages = { searched: 0, found: 0, newestMs: 0, ends: new Map() }
  for (const [partition, { start, end }] of partitions) {
    for (let at = start; at < end; ) {
      const { messages, next } = await reader.read({ topic, topicId, partition }, at, BOUNDS)
      for (const message of messages) {
        seen.searched += 1
        if (!hasCustomer(message, isIn)) continue
        seen.found += 1
        seen.newestMs = Math.max(seen.newestMs, message.knownAtMs)
        seen.ends.set(partition, message.offset + 1)
      }
      // What is not committed yet ends the log for a reader.
      if (next === at) break
      at = next
    }
  }
  return seen
}

/** Of a value that is too long only the beginning was read: it may have them. */
const hasCustomer = ({ key, value, whole }: StreamMessage, isIn: (text: string) => boolean): boolean =>
  whole !== undefined || [key, value].some((bytes) => bytes !== null && isIn(bytes.toString('latin1')))

/** Kafka deletes a segment when its newest message is old enough, and may fill it for its own time. */
const endOf = (newestMs: number, { retentionMs, segmentMs }: Keeping): string | null =>
  newestMs === 0 || retentionMs === undefined ? null : new Date(newestMs + segmentMs + retentionMs).toISOString()

/** What a map reads after the erasure brings the customer back. */
async function unreadOf(pool: Pool, topic: string, ends: ReadonlyMap<number, number>): Promise<string[]> {
  const end = Math.max(...ends.values())
  return (await readCdcMaps(pool))
    .filter(({ from, position }) => from === topic && (position ?? 0) < end)
    .map(({ mapId, position }) => `map ${mapId} has read ${topic} up to ${position ?? 0} of ${end}`)
}

/**
 * Deletes these messages, and with them all that came before them in their topic: of other rows, too. Not where a map has still to read
 * them, and not in a compacted topic, from which Kafka deletes nothing by offset.
 *
 * @returns topics, and how many messages are gone
 */
export async function deleteChanges(
  { kafka }: ChangeTopicDependencies,
  found: readonly FoundChanges[],
): Promise<RowsByTable> {
  const deleted: RowsByTable = {}
  await withAdmin(kafka, async (admin) => {
    for (const { topic, ends, unread, until, isCompacted } of found) {
      if (ends.size === 0 || unread.length > 0 || (isCompacted && until === null)) continue
      const before = await messagesOf(admin, topic)
      const partitions = [...ends].map(([partition, end]) => ({ partition, offset: String(end) }))
      await admin.deleteTopicRecords({ topic, partitions })
      deleted[`Kafka ${topic}`] = before - (await messagesOf(admin, topic))
    }
  })
  return deleted
}

const messagesOf = async (admin: Admin, topic: string): Promise<number> =>
  (await admin.fetchTopicOffsets(topic)).reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0)
