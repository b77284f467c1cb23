import type { Kafka } from 'kafkajs'
import { type Cluster, createCluster, describeTopics, ERROR, fetchById } from '../../platform/kafka/protocol.ts'
import { RecordReader, splitBatches } from '../../platform/kafka/records.ts'
import type { StreamMessage } from './processor.ts'

const FETCH_BYTES_MAX = 1024 * 1024
const FETCH_WAIT_MS = 500

/** Reads single messages at their places in Kafka, over a connection of its own and without a consumer group. */
export class MessageReader {
  readonly #cluster: Cluster
  #isConnected = false

  constructor(kafka: Kafka) {
    this.#cluster = createCluster(kafka)
  }

  /**
   * @param topic Kafka's name of it
   * @returns undefined when Kafka has no message there: it was deleted, compacted, or never was
   * @throws when Kafka does not answer, or the batch that the message is in can't be read
   */
  async read(topic: string, partition: number, offset: number): Promise<StreamMessage | undefined> {
    if (!this.#isConnected) await this.#cluster.connect()
    this.#isConnected = true
    const [described] = await describeTopics(await this.#cluster.brokerPool.findConnectedBroker(), [topic])
    const found = described?.partitions.find((one) => one.partition === partition)
    if (described === undefined || found === undefined) return undefined
    await this.#cluster.brokerPool.refreshMetadata([topic])
    const broker = await this.#cluster.findBroker({ nodeId: found.leader })
    const answer = await fetchById(broker, {
      maxWaitMs: FETCH_WAIT_MS,
      minBytes: 1,
      maxBytes: FETCH_BYTES_MAX,
      topics: [
        {
          topicId: described.topicId,
          partitions: [{ partition, offset: BigInt(offset), maxBytes: FETCH_BYTES_MAX }],
        },
      ],
    })
    const fetched = answer.topics[0]?.partitions[0]
    if (fetched?.error === ERROR.offsetOutOfRange) return undefined
    const error = answer.error || fetched?.error
    if (fetched === undefined || error !== ERROR.none) {
      throw new Error(`Kafka: ${topic}/${partition}@${offset} can't be read (error ${error}); retry`)
    }
    const { batches } = splitBatches(fetched.records, fetched.aborted, offset)
    const batch = batches.find(({ base, last }) => base <= offset && offset <= last)
    return batch && firstFrom(new RecordReader(batch, offset), offset)
  }

  async disconnect(): Promise<void> {
    if (this.#isConnected) await this.#cluster.disconnect()
  }
}

async function firstFrom(reader: RecordReader, offset: number): Promise<StreamMessage | undefined> {
  try {
    const messages: StreamMessage[] = []
    await reader.read(messages, { messagesMax: 1, bytesMax: 1 })
    return messages[0]?.offset === offset ? messages[0] : undefined
  } finally {
    reader.close()
  }
}
