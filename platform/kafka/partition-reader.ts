import type { Kafka } from 'kafkajs'
import { type Broker, type Cluster, createCluster, describeTopics, ERROR, fetchById } from './protocol.ts'
import { type ReadBounds, RecordReader, type StreamMessage, splitBatches } from './records.ts'

const FETCH_BYTES_MAX = 1024 * 1024
const MOVED: readonly number[] = [
  ERROR.offsetOutOfRange,
  ERROR.unknownTopicOrPartition,
  ERROR.unknownTopicId,
  ERROR.inconsistentTopicId,
]

/** A partition in one of the logs of its topic. */
export interface PartitionPlace {
  topic: string
  topicId: string
  partition: number
}

export interface ReadPart {
  messages: StreamMessage[]
  /** Where to continue: offsets have gaps. */
  next: number
  /** One past the newest offset of the log. */
  logEnd: number
}

/** The log is another one, or does not hold the offset. */
export class LogMovedError extends Error {
  override name = 'LogMovedError'
}

/** Reads committed messages of single partitions by offset, over a connection of its own and without a consumer group. */
export class PartitionReader {
  readonly #cluster: Cluster
  readonly #leaders = new Map<string, number>()

  constructor(kafka: Kafka) {
    this.#cluster = createCluster(kafka)
  }

  connect(): Promise<void> {
    return this.#cluster.connect()
  }

  disconnect(): Promise<void> {
    return this.#cluster.disconnect()
  }

  /**
   * What lies from an offset on, within the bounds; nothing when the log ends there and nothing comes within the wait.
   *
   * @throws LogMovedError when Kafka no longer has this log or offset; UnreadableBatchError when what lies there can't be read
   */
  async read(
    { topic, topicId, partition }: PartitionPlace,
    offset: number,
    { maxWaitMs, ...bounds }: ReadBounds & { maxWaitMs: number },
  ): Promise<ReadPart> {
    const broker = await this.#leader(topic, partition)
    const answer = await fetchById(broker, {
      maxWaitMs,
      minBytes: 1,
      maxBytes: FETCH_BYTES_MAX,
      topics: [{ topicId, partitions: [{ partition, offset: BigInt(offset), maxBytes: FETCH_BYTES_MAX }] }],
    })
    const fetched = answer.topics[0]?.partitions[0]
    const error = answer.error || (fetched?.error ?? ERROR.none)
    if (MOVED.includes(error)) throw new LogMovedError(`Kafka: ${topic}/${partition} no longer has offset ${offset}`)
    if (error !== ERROR.none) {
      this.#leaders.clear()
      throw new Error(`Kafka: ${topic}/${partition}@${offset} can't be read (error ${error})`)
    }
    if (fetched === undefined) return { messages: [], next: offset, logEnd: offset }
    const logEnd = Number(fetched.highWatermark)
    const { batches, next } = splitBatches(fetched.records, fetched.aborted, offset)
    const messages: StreamMessage[] = []
    let bytes = 0
    for (const batch of batches) {
      const reader = new RecordReader(batch, offset)
      try {
        const read = await reader.read(messages, { ...bounds, bytesMax: bounds.bytesMax - bytes })
        bytes += read.bytes
        if (!read.isEnded) return { messages, next: messages.at(-1)!.offset + 1, logEnd }
      } finally {
        reader.close()
      }
    }
    return { messages, next, logEnd }
  }

  async #leader(topic: string, partition: number): Promise<Broker> {
    const key = `${topic}/${partition}`
    let leader = this.#leaders.get(key)
    if (leader === undefined) {
      const { brokerPool } = this.#cluster
      const [described] = await describeTopics(await brokerPool.findConnectedBroker(), [topic])
      leader = described?.partitions.find((one) => one.partition === partition)?.leader
      if (leader === undefined) throw new LogMovedError(`Kafka: ${topic} has no partition ${partition}`)
      await brokerPool.refreshMetadata([topic])
      this.#leaders.set(key, leader)
    }
    return this.#cluster.findBroker({ nodeId: leader })
  }
}
