import type { Admin } from 'kafkajs'
import type { TopicName } from '../contracts/topics.ts'
import type { Pool } from '../platform/postgres.ts'
import { type LogRange, lostData } from './positions.ts'

export interface PartitionStatus {
  processor: string
  topic: TopicName
  partition: number
  position: number
  /** One past the newest offset in Kafka; null when Kafka has no such partition. */
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

/** Where every processor stands in every partition that it has read from. */
export async function streamStatus(pool: Pool, admin: Admin, kafkaTopic: KafkaTopic): Promise<PartitionStatus[]> {
  const { rows } = await pool.query<Omit<PartitionStatus, 'logEnd' | 'lag'>>(`
    select
      processor, topic, partition, position, consumed, applied, duplicate, late, dead, lost, problem,
      coalesce(paused, false) as "isPaused", updated_at as "updatedAt"
    from ops.stream_offsets
    left join ops.stream_controls using (processor)
    order by processor, topic, partition`)
  const logs = await logRanges(admin, new Set(rows.map(({ topic }) => topic)), kafkaTopic)
  return rows.map((row) => {
    const logEnd = logs.get(row.topic)?.get(row.partition)?.end ?? null
    return { ...row, logEnd, lag: logEnd === null ? null : Math.max(0, logEnd - row.position) }
  })
}

/** The log of each partition; a topic that Kafka doesn't have is left out. */
async function logRanges(
  admin: Admin,
  topics: ReadonlySet<TopicName>,
  kafkaTopic: KafkaTopic,
): Promise<Map<TopicName, Map<number, LogRange>>> {
  const existing = new Set(await admin.listTopics())
  const found = new Map<TopicName, Map<number, LogRange>>()
  for (const topic of [...topics].filter((name) => existing.has(kafkaTopic(name)))) {
    const offsets = await admin.fetchTopicOffsets(kafkaTopic(topic))
    found.set(
      topic,
      new Map(offsets.map(({ partition, low, high }) => [partition, { start: Number(low), end: Number(high) }])),
    )
  }
  return found
}

export interface AcceptedLoss {
  processor: string
  topic: TopicName
  partition: number
  from: number
  to: number
}

/**
 * Lets partitions go on that stand still because Kafka deleted what comes next: their position moves to the start of
 * the log, and the offsets in between are counted as lost. A running worker goes on within seconds.
 *
 * @throws for a raw sink whose topic was made anew: the lake's marks only go up
 */
export async function acceptLoss(
  pool: Pool,
  admin: Admin,
  kafkaTopic: KafkaTopic,
  processor?: string,
): Promise<AcceptedLoss[]> {
  const { rows } = await pool.query<{ processor: string; topic: TopicName; partition: number; position: number }>(
    `select processor, topic, partition, position from ops.stream_offsets
     where problem is not null and processor = coalesce($1, processor) order by processor, topic, partition`,
    [processor ?? null],
  )
  const logs = await logRanges(admin, new Set(rows.map(({ topic }) => topic)), kafkaTopic)
  const accepted: AcceptedLoss[] = []
  for (const { position, ...id } of rows) {
    const log = logs.get(id.topic)?.get(id.partition)
    if (log === undefined || lostData(position, log) === undefined) continue
    if (id.processor === 'raw_sink' && position > log.end) {
      throw new Error(
        `streams: raw/${id.topic} holds offsets up to ${position}, and the topic was made anew: give the lake another folder (SHELFLINE_LAKE_PREFIX), or reset the instance`,
      )
    }
    const { rowCount } = await pool.query(
      `update ops.stream_offsets
       set position = $5, lost = lost + greatest($5 - position, 0), problem = null, updated_at = now()
       where processor = $1 and topic = $2 and partition = $3 and position = $4`,
      [id.processor, id.topic, id.partition, position, log.start],
    )
    if (rowCount === 1) accepted.push({ ...id, from: position, to: log.start })
  }
  return accepted
}
