import type { TopicName } from '../../contracts/topics.ts'
import type { LogRange, PartitionLog, TopicLog, TopicLogs } from '../../platform/kafka/topic-logs.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { missingTopic } from './missing-topics.ts'
import { lostData, openPosition, type PartitionId, setPosition } from './positions.ts'

/**
 * The offsets of a topic's logs, one log after another: a stored offset is Kafka's plus the base of its log. So an offset
 * means one message for ever, also when the topic was deleted and created again, and positions only go up.
 */
export interface NumberedLog {
  base: number
  topicId: string
}

/** More than a log will ever hold; 9,000 logs of it stay exact numbers. */
const LOG_SIZE = 1_000_000_000_000

/** The base of a log that comes after everything that was numbered so far. */
export const baseAfter = (highest: number): number => (Math.floor(highest / LOG_SIZE) + 1) * LOG_SIZE

/** The logs of a topic that processors may read, the newest last; the first that is ever seen is one of them. */
export async function numberedLogs(pool: Pool, topic: TopicName, topicId: string): Promise<NumberedLog[]> {
  const { rows } = await pool.query<NumberedLog>({
    name: 'topic_logs',
    text: 'select base, topic_id as "topicId" from ops.topic_logs where topic = $1 order by base',
    values: [topic],
  })
  if (rows.length > 0) return rows
  await pool.query('insert into ops.topic_logs (topic, base, topic_id) values ($1, 0, $2) on conflict do nothing', [
    topic,
    topicId,
  ])
  return numberedLogs(pool, topic, topicId)
}

/** Kafka's range in stored offsets. */
export const shifted = ({ start, end }: LogRange, base: number): LogRange => ({ start: start + base, end: end + base })

/** A position in an older log, in the newest: at its start, or where it was when only the end of the same log was lost. */
export function enterLog(logs: readonly NumberedLog[], position: number, range: LogRange): number {
  const current = logs.at(-1)!
  if (position >= current.base) return position
  const own = logs.findLast(({ base }) => base <= position)!
  return current.base + (own.topicId === current.topicId ? Math.min(position - own.base, range.end) : range.start)
}

export interface OpenedPosition {
  position: number
  /** What is to be added to Kafka's offsets. */
  base: number
  /** Why the partition can't be read. */
  problem: string | undefined
}

/** What Kafka has of a partition, in stored offsets; or why there is nothing. */
export async function numberedRange(
  pool: Pool,
  topicLogs: TopicLogs,
  kafkaTopic: (topic: TopicName) => string,
  id: PartitionId,
): Promise<LogRange | string> {
  const name = kafkaTopic(id.topic)
  const log = partitionLog((await topicLogs.describe([name])).get(name), id)
  if (typeof log === 'string') return log
  const { base, topicId } = (await numberedLogs(pool, id.topic, log.topicId)).at(-1)!
  return topicId === log.topicId ? shifted(log, base) : newLogProblem(id.topic, topicId, log.topicId)
}

/** @returns the partition in its topic's log, or why there is nothing to read from */
export function partitionLog(log: TopicLog | undefined, { topic, partition }: PartitionId): PartitionLog | string {
  if (log === undefined) return missingTopic(topic)
  const range = log.partitions.get(partition)
  return range === undefined ? `Kafka has no partition ${partition} of ${topic}` : { topicId: log.topicId, ...range }
}

export const newLogProblem = (topic: TopicName, known: string, found: string): string =>
  `topic ${topic} was deleted and created again: its id was ${known} and is ${found}; \`shelfline streams accept-log ${topic}\` reads the new one from its start`

/** The processor's position in the partition; a partition that it never read begins at the log's start. */
export async function openInLog(
  pool: Pool,
  processor: string,
  id: PartitionId,
  { topicId, ...range }: PartitionLog,
): Promise<OpenedPosition> {
  const logs = await numberedLogs(pool, id.topic, topicId)
  const { base, topicId: known } = logs.at(-1)!
  const stored = await openPosition(pool, processor, id, shifted(range, base))
  if (known !== topicId) return { position: stored.position, base, problem: newLogProblem(id.topic, known, topicId) }
  const position = enterLog(logs, stored.position, range)
  if (position !== stored.position) await setPosition(pool, processor, id, position)
  return { position, base, problem: lostData(position, shifted(range, base)) }
}
