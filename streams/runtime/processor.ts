import type { TopicName } from '../../contracts/topics.ts'
import type { StreamMessage } from '../../platform/kafka/records.ts'
import type { PoolClient } from '../../platform/postgres/postgres.ts'

export type { StreamMessage } from '../../platform/kafka/records.ts'

/** Messages of one partition, in order and without a hole between `position` and `next`. */
export interface Slice {
  topic: TopicName
  partition: number
  /** The partition's position before these messages. */
  position: number
  /** The position after them; offsets have gaps, so this is not `position + messages.length`. */
  next: number
  messages: StreamMessage[]
  /** One past the newest offset that Kafka had when these were fetched. */
  logEnd: number
}

/** What became of the messages of a batch; each counts once. */
export interface Outcomes {
  applied: number
  duplicate: number
  /** Applied, on a day that was already materialised. */
  late: number
}

/** Messages of one partition that keep their topic's contract, in its order, with customers under their pseudonyms or left out. */
export interface ValidBatch {
  topic: TopicName
  partition: number
  /** The events as UTF-8 JSON. Where they differ from what was sent they are written when they are asked for: `events` costs less. */
  readonly values: Buffer[]
  /** When each of them reached Kafka, milliseconds since the epoch. */
  knownAtMs: number[]
  /** The same messages, parsed. */
  events: object[]
  /** The stores' days that occur in them, YYYY-MM-DD, each once. */
  dates: string[]
}

/** What lies in the bucket under a key, e.g. a model's file; undefined when there is nothing. */
export type ReadObject = (key: string) => Promise<Buffer | undefined>

/**
 * What one stream does to PostgreSQL. The runtime reads, validates, keeps dead letters and positions; a processor is
 * its effects, which commit together with the position or not at all.
 */
export interface Processor {
  name: string
  topics: readonly TopicName[]
  /** The newest record per key counts: how many of the others are duplicates depends on how the log is cut. */
  isMerging?: true
  /** It needs no customers: their ids are null in its events, and no pseudonym is looked up. */
  ignoresCustomers?: true
  /**
   * Applies a batch. A statement that fails on the data is retried on parts of the batch until the message that
   * it fails on is alone; so the effects of a batch must not depend on how it is cut.
   */
  apply(client: PoolClient, batch: ValidBatch, readObject: ReadObject): Promise<Outcomes>
}

const COMMA = ','.charCodeAt(0)
const OPEN = '['.charCodeAt(0)
const CLOSE = ']'.charCodeAt(0)

/** The messages as one JSON array, byte for byte, for `json_to_recordset`. */
export function jsonArray(values: readonly Buffer[]): Buffer {
  const length = values.reduce((sum, value) => sum + value.length + 1, 0)
  const array = Buffer.allocUnsafe(Math.max(length + 1, 2))
  array[0] = OPEN
  let at = 1
  for (const value of values) {
    array.set(value, at)
    at += value.length
    array[at++] = COMMA
  }
  array[Math.max(at - 1, 1)] = CLOSE
  return array
}
