import type { Kafka, Message, Producer, Transaction } from 'kafkajs'
import { assertAnswered, type Placed, placing } from './kafka.ts'
import { signed } from './signatures.ts'

/** A message and the topic that it goes to. */
export interface TopicMessage {
  topic: string
  message: Message
}

/** A partition and who reads it. */
export interface ReaderOf {
  groupId: string
  topic: string
  partition: number
}

/** How far it has been read. */
export interface ReadPosition {
  /** The next offset to read. */
  offset: number
  /** The number that its reader gave to the transaction. */
  number: number
}

/**
 * An open transaction holds up the readers of its topics. After this time without its producer Kafka aborts it: a transaction of
 * ours takes less than a second.
 */
const TRANSACTION_MS_MAX = 20_000

/**
 * A producer whose messages and read position are committed together (KIP-98). It belongs to one reader at a time: opening another with
 * the same id ends the one before, and aborts what it has not committed. After an error it must be replaced by a new one: what
 * became of the transaction is known when that is open, from the position that it reads.
 */
export class TransactionalProducer {
  readonly #kafka: Kafka
  readonly #producer: Producer
  readonly #placed: Placed = new Map()

  private constructor(kafka: Kafka, transactionalId: string) {
    this.#kafka = kafka
    this.#producer = kafka.producer({
      transactionalId,
      transactionTimeout: TRANSACTION_MS_MAX,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: () => placing(this.#placed),
    })
  }

  /** @throws when Kafka does not answer */
  static async open(kafka: Kafka, transactionalId: string): Promise<TransactionalProducer> {
    const opened = new TransactionalProducer(kafka, transactionalId)
    try {
      await opened.#producer.connect()
      // The first transaction asks for the producer id, and so ends the producer before. An empty one is not sent.
      await (await opened.#producer.transaction()).abort()
      return opened
    } catch (error) {
      await opened.close()
      throw error
    }
  }

  /**
   * The next offset that the group reads of a partition; undefined: it has none, or Kafka has forgotten it. Because this producer is
   * open, no other transaction can still change it.
   */
  async position({ groupId, topic, partition }: ReaderOf): Promise<ReadPosition | undefined> {
    const admin = this.#kafka.admin()
    await admin.connect()
    try {
      const [fetched] = await admin.fetchOffsets({ groupId, topics: [topic] })
      const found = fetched?.partitions.find((one) => one.partition === partition)
      if (found === undefined || Number(found.offset) < 0) return undefined
      return { offset: Number(found.offset), number: Number(found.metadata) }
    } finally {
      await admin.disconnect()
    }
  }

  /**
   * Sends all requests and moves the position, all or nothing.
   *
   * @param requests messages of one request each: 900,000 bytes at most (`requestsOf`)
   * @throws when it may not be committed: the producer can't be used again
   */
  async commit(
    requests: Iterable<readonly TopicMessage[]>,
    { groupId, topic, partition }: ReaderOf,
    { offset, number }: ReadPosition,
  ): Promise<void> {
    const transaction = await this.#producer.transaction()
    for (const request of requests) await this.#send(transaction, request)
    // kafkajs sends the metadata, of which its types do not know.
    const read = { partition, offset: String(offset), metadata: String(number) }
    await transaction.sendOffsets({ consumerGroupId: groupId, topics: [{ topic, partitions: [read] }] })
    await transaction.commit()
  }

  async #send(transaction: Transaction, request: readonly TopicMessage[]): Promise<void> {
    const byTopic = Map.groupBy(request, ({ topic }) => topic)
    this.#placed.clear()
    const answers = await transaction.sendBatch({
      acks: -1,
      topicMessages: [...byTopic].map(([topic, own]) => ({
        topic,
        messages: signed(
          this.#kafka,
          topic,
          own.map(({ message }) => message),
        ),
      })),
    })
    assertAnswered(this.#placed, answers)
  }

  async close(): Promise<void> {
    await this.#producer.disconnect().catch(() => undefined)
  }
}
