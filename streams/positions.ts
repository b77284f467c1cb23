import type { TopicName } from '../contracts/topics.ts'
import type { Pool, PoolClient } from '../platform/postgres.ts'
import type { Outcomes } from './processor.ts'

export interface PartitionId {
  topic: TopicName
  partition: number
}

export const partitionKey = ({ topic, partition }: PartitionId): string => `${topic}/${partition}`

/** A step of a partition's position. */
export interface Step extends PartitionId {
  position: number
  next: number
}

/** A partition's place in Kafka: the oldest offset that is kept, and one past the newest. */
export interface LogRange {
  start: number
  end: number
}

/** What one batch did, as it is added to the partition's counters. */
export interface BatchCounts extends Outcomes {
  consumed: number
  dead: number
}

export interface StoredPosition {
  position: number
  problem: string | null
}

const seen = {
  name: 'stream_position',
  text: 'select position, problem from ops.stream_offsets where processor = $1 and topic = $2 and partition = $3',
}

/** Where the processor stands in the partition; a partition that it never read begins at the log's start. */
export async function openPosition(
  pool: Pool,
  processor: string,
  { topic, partition }: PartitionId,
  log: LogRange,
): Promise<StoredPosition> {
  const { rows } = await pool.query<StoredPosition>({ ...seen, values: [processor, topic, partition] })
  if (rows[0] !== undefined) return rows[0]
  await pool.query(
    `insert into ops.stream_offsets (processor, topic, partition, position) values ($1, $2, $3, $4)
     on conflict do nothing`,
    [processor, topic, partition, log.start],
  )
  return openPosition(pool, processor, { topic, partition }, log)
}

/**
 * Advances the stored position in the batch's transaction, before its effects.
 *
 * @returns false when the partition does not stand where the batch begins: another consumer has it
 */
export async function advance(client: PoolClient, processor: string, step: Step): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'stream_advance',
    text: `update ops.stream_offsets set position = $5, updated_at = now()
           where processor = $1 and topic = $2 and partition = $3 and position = $4`,
    values: [processor, step.topic, step.partition, step.position, step.next],
  })
  return rowCount === 1
}

export async function addCounts(
  client: PoolClient,
  processor: string,
  { topic, partition }: PartitionId,
  { consumed, applied, duplicate, late, dead }: BatchCounts,
): Promise<void> {
  await client.query({
    name: 'stream_count',
    text: `update ops.stream_offsets set
             consumed = consumed + $4, applied = applied + $5, duplicate = duplicate + $6, late = late + $7, dead = dead + $8
           where processor = $1 and topic = $2 and partition = $3`,
    values: [processor, topic, partition, consumed, applied, duplicate, late, dead],
  })
}

/** Puts the position elsewhere, whatever it was: for the raw sink, whose position is the lake's. */
export async function setPosition(
  pool: Pool,
  processor: string,
  { topic, partition }: PartitionId,
  position: number,
): Promise<void> {
  await pool.query(
    `update ops.stream_offsets set position = $4, updated_at = now()
     where processor = $1 and topic = $2 and partition = $3`,
    [processor, topic, partition, position],
  )
}

/**
 * Writes down why a partition stands still, or with null that it goes on.
 *
 * @returns whether that is news
 */
export async function setProblem(
  pool: Pool,
  processor: string,
  { topic, partition }: PartitionId,
  problem: string | null,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update ops.stream_offsets set problem = $4, updated_at = now()
     where processor = $1 and topic = $2 and partition = $3 and problem is distinct from $4`,
    [processor, topic, partition, problem],
  )
  return rowCount === 1
}

/** Why a partition can't be read from `position`, or undefined when it can. */
export function lostData(position: number, log: LogRange): string | undefined {
  if (position < log.start) {
    return `offsets ${position} to ${log.start - 1} were deleted by Kafka before they were read; \`shelfline streams accept-loss\` goes on after them`
  }
  if (position > log.end) {
    return `position ${position} is beyond the log's end ${log.end}: the topic was made anew; \`shelfline streams accept-loss\` starts over at ${log.start}`
  }
  return undefined
}
