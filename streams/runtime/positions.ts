import type { TopicName } from '../../contracts/topics.ts'
import type { LogRange } from '../../platform/kafka/topic-logs.ts'
import type { Pool, PoolClient } from '../../platform/postgres/postgres.ts'
import type { Outcomes } from './processor.ts'

export type { LogRange }

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

/** What one batch did, as it is added to the partition's counters. */
export interface BatchCounts extends Outcomes {
  consumed: number
  dead: number
}

export interface StoredPosition {
  position: number
  problem: string | null
  /** Where the partition continues when what lies there is accepted as lost; null when it is not unreadable. */
  problemNext: number | null
  /** Messages that were counted so far. */
  consumed: number
}

const seen = {
  name: 'stream_position',
  text: `select position, problem, problem_next as "problemNext", consumed
         from ops.stream_offsets where processor = $1 and topic = $2 and partition = $3`,
}

/** The processor's position in the partition; a partition that it never read begins at the log's start. */
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
 * @returns false when the partition's position is not where the batch begins: another consumer has it
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

/** Puts the position elsewhere, whatever it was: into a later log of the topic. */
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

/** Puts position and counters to what they are, whatever they were: for the raw sink, when the lake is older than they are. */
export async function setCounts(
  pool: Pool,
  processor: string,
  { topic, partition }: PartitionId,
  position: number,
  { consumed, applied, duplicate, late, dead }: BatchCounts,
): Promise<void> {
  await pool.query(
    `update ops.stream_offsets set
       position = $4, consumed = $5, applied = $6, duplicate = $7, late = $8, dead = $9, updated_at = now()
     where processor = $1 and topic = $2 and partition = $3`,
    [processor, topic, partition, position, consumed, applied, duplicate, late, dead],
  )
}

/** Why a partition is not read any further. */
export interface Problem {
  text: string
  /** What can't be read, from the position up to `next`; left out: it is read from Kafka's log. */
  loss?: { position: number; next: number }
}

/**
 * Stores why a partition has stopped, or with null that it has not. What can't be read is stored only for a partition whose
 * position is before it.
 *
 * @returns whether that is news
 */
export async function setProblem(
  pool: Pool,
  processor: string,
  { topic, partition }: PartitionId,
  problem: Problem | null,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update ops.stream_offsets set problem = $4, problem_next = $5, updated_at = now()
     where processor = $1 and topic = $2 and partition = $3 and problem is distinct from $4
       and position = coalesce($6, position)`,
    [processor, topic, partition, problem?.text ?? null, problem?.loss?.next ?? null, problem?.loss?.position ?? null],
  )
  return rowCount === 1
}

/** Why the partition stopped at this position, when what lies there can't be read and no one has accepted that yet. */
export async function unreadableAt(
  pool: Pool,
  processor: string,
  { topic, partition }: PartitionId,
  position: number,
): Promise<string | undefined> {
  const { rows } = await pool.query<{ problem: string }>(
    `select problem from ops.stream_offsets
     where processor = $1 and topic = $2 and partition = $3 and position = $4 and problem_next > $4`,
    [processor, topic, partition, position],
  )
  return rows[0]?.problem
}

/** Why a partition can't be read from `position`, or undefined when it can. All offsets as they are stored. */
export function lostData(position: number, log: LogRange): string | undefined {
  if (position < log.start) {
    return `Kafka deleted offsets ${position} to ${log.start - 1} before they were read; to continue after them: \`shelfline streams accept-loss\``
  }
  if (position > log.end) {
    return `position ${position} is beyond the log's end ${log.end}: Kafka has lost its newest messages; \`shelfline streams accept-log\` continues with the messages that are there now`
  }
  return undefined
}
