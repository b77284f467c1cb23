import type { TopicName } from '../../contracts/topics.ts'
import type { LogRange, TopicLogs } from '../../platform/kafka/topic-logs.ts'
import { inTransaction, type Pool } from '../../platform/postgres/postgres.ts'
import { baseAfter, numberedLogs, shifted } from './log-numbers.ts'
import { missingTopic } from './missing-topics.ts'
import type { PartitionId } from './positions.ts'

/** Who accepts something, and why. */
export interface Acceptance {
  by: string
  why: string
}

export interface AcceptedLoss {
  processor: string
  topic: TopicName
  partition: number
  from: number
  to: number
}

/** Where a processor at this offset continues, when a person has accepted that what lies here is lost. */
export async function acceptedLossAt(
  pool: Pool,
  processor: string,
  { topic, partition }: PartitionId,
  position: number,
): Promise<number | undefined> {
  const { rows } = await pool.query<{ next: number }>(
    `select to_offset as next from ops.accepted_losses
     where processor = $1 and topic = $2 and partition = $3 and from_offset = $4
     order by loss_id desc limit 1`,
    [processor, topic, partition, position],
  )
  return rows[0]?.next
}

interface Stopped extends PartitionId {
  processor: string
  position: number
  problem: string
  problemNext: number | null
}

/**
 * Lets partitions continue that have stopped because what comes next is lost: Kafka has deleted it, or it can't be read
 * it. Their position moves behind it; the offsets are counted as lost, and who accepted it is kept. A running worker
 * continues within seconds.
 *
 * @param processor only of this one
 */
export async function acceptLoss(
  pool: Pool,
  topicLogs: TopicLogs,
  kafkaTopic: (topic: TopicName) => string,
  acceptance: Acceptance,
  processor?: string,
): Promise<AcceptedLoss[]> {
  const { rows } = await pool.query<Stopped>(
    `select processor, topic, partition, position, problem, problem_next as "problemNext" from ops.stream_offsets
     where problem is not null and processor = coalesce($1, processor) order by processor, topic, partition`,
    [processor ?? null],
  )
  const logs = await topicLogs.describe([...new Set(rows.map(({ topic }) => kafkaTopic(topic)))])
  const accepted: AcceptedLoss[] = []
  for (const stopped of rows) {
    const log = logs.get(kafkaTopic(stopped.topic))
    const range = log?.partitions.get(stopped.partition)
    if (log === undefined || range === undefined) continue
    const { base, topicId } = (await numberedLogs(pool, stopped.topic, log.topicId)).at(-1)!
    const to = topicId === log.topicId ? lossEnd(stopped, shifted(range, base)) : undefined
    if (to === undefined || !(await pass(pool, stopped, to, acceptance))) continue
    const { processor, topic, partition, position: from } = stopped
    accepted.push({ processor, topic, partition, from, to })
  }
  return accepted
}

/** Where the loss ends; undefined when the partition has stopped for another reason, or for none now. */
function lossEnd({ position, problemNext }: Stopped, log: LogRange): number | undefined {
  if (problemNext !== null && problemNext > position) return Math.max(problemNext, log.start)
  return position < log.start ? log.start : undefined
}

/** @returns false when the partition has another position by now */
function pass(pool: Pool, stopped: Stopped, to: number, { by, why }: Acceptance): Promise<boolean> {
  const { processor, topic, partition, position, problem } = stopped
  return inTransaction(pool, async (client) => {
    const { rowCount } = await client.query(
      `update ops.stream_offsets
       set position = $5, lost = lost + $5 - position, problem = null, problem_next = null, updated_at = now()
       where processor = $1 and topic = $2 and partition = $3 and position = $4`,
      [processor, topic, partition, position, to],
    )
    if (rowCount !== 1) return false
    await client.query(
      `insert into ops.accepted_losses
         (processor, topic, partition, from_offset, to_offset, problem, accepted_by, why)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [processor, topic, partition, position, to, problem, by, why],
    )
    return true
  })
}

export interface AcceptedLog {
  topic: TopicName
  topicId: string
  /** What is added to Kafka's offsets from here on. */
  base: number
}

/**
 * Lets all processors read a topic that was deleted and created again, from its start; or, where only the newest messages
 * of a log were lost, continue at its end. Running workers begin within seconds.
 *
 * @returns undefined when the topic is the one that was read before, with all its messages
 * @throws when Kafka has no such topic
 */
export async function acceptLog(
  pool: Pool,
  topicLogs: TopicLogs,
  kafkaTopic: (topic: TopicName) => string,
  topic: TopicName,
  { by, why }: Acceptance,
): Promise<AcceptedLog | undefined> {
  const log = (await topicLogs.describe([kafkaTopic(topic)])).get(kafkaTopic(topic))
  if (log === undefined) {
    throw new Error(`streams: ${missingTopic(kafkaTopic(topic))}`)
  }
  const current = (await numberedLogs(pool, topic, log.topicId)).at(-1)!
  const { rows } = await pool.query<{ partition: number; position: number }>(
    'select partition, max(position) as position from ops.stream_offsets where topic = $1 group by partition',
    [topic],
  )
  const isCut = rows.some(({ partition, position }) => {
    const range = log.partitions.get(partition)
    return range !== undefined && position > shifted(range, current.base).end
  })
  if (current.topicId === log.topicId && !isCut) return undefined
  const base = baseAfter(Math.max(current.base, ...rows.map(({ position }) => position)))
  await pool.query('insert into ops.topic_logs (topic, base, topic_id, accepted_by, why) values ($1, $2, $3, $4, $5)', [
    topic,
    base,
    log.topicId,
    by,
    why,
  ])
  return { topic, topicId: log.topicId, base }
}
