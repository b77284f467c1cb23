import type { TopicName } from '../../contracts/topics.ts'
import type { TopicLogs } from '../../platform/kafka/topic-logs.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'

export interface PartitionStatus {
  processor: string
  topic: TopicName
  partition: number
  position: number
  /** One past the newest offset in Kafka, numbered as `position` is; null when Kafka has no such partition. */
  logEnd: number | null
  /** Offsets between the two. */
  lag: number | null
  consumed: number
  applied: number
  duplicate: number
  late: number
  dead: number
  lost: number
  isPaused: boolean
  problem: string | null
  updatedAt: Date
}

type KafkaTopic = (topic: TopicName) => string

export interface MissingTopic {
  topic: TopicName
  /** Those that read it. */
  processors: string[]
}

/** Topics that Kafka does not have, and the processors that would read them. */
export async function missingTopics(
  topicLogs: TopicLogs,
  kafkaTopic: KafkaTopic,
  read: ReadonlyMap<string, readonly TopicName[]>,
): Promise<MissingTopic[]> {
  const topics = [...new Set([...read.values()].flat())]
  const logs = await topicLogs.describe(topics.map(kafkaTopic))
  return topics
    .filter((topic) => !logs.has(kafkaTopic(topic)))
    .map((topic) => ({ topic, processors: [...read.keys()].filter((name) => read.get(name)!.includes(topic)) }))
}

/** The position of every processor in every partition that it has read from. */
export async function streamStatus(
  pool: Pool,
  topicLogs: TopicLogs,
  kafkaTopic: KafkaTopic,
): Promise<PartitionStatus[]> {
  const { rows } = await pool.query<Omit<PartitionStatus, 'logEnd' | 'lag'> & { base: number }>(`
    select
      processor, topic, partition, position, consumed, applied, duplicate, late, dead, lost, problem,
      coalesce(paused, false) as "isPaused", updated_at as "updatedAt",
      coalesce((select max(base) from ops.topic_logs as log where log.topic = stream_offsets.topic), 0) as base
    from ops.stream_offsets
    left join ops.stream_controls using (processor)
    order by processor, topic, partition`)
  const logs = await topicLogs.describe([...new Set(rows.map(({ topic }) => kafkaTopic(topic)))])
  return rows.map(({ base, ...row }) => {
    const end = logs.get(kafkaTopic(row.topic))?.partitions.get(row.partition)?.end
    if (end === undefined) return { ...row, logEnd: null, lag: null }
    return { ...row, logEnd: base + end, lag: Math.max(0, base + end - row.position) }
  })
}
