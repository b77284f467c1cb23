/** From accepted events to Kafka: `send` resolves when all in-sync replicas have them, and rejects when they may not. */
import type { TopicName } from '../../contracts/topics.ts'
import { Batches } from '../../platform/batches.ts'
import {
  isKafkaAway,
  kafkaAnswer,
  type MessageProducer,
  REQUEST_BYTES_MAX,
  requestsOf,
} from '../../platform/kafka/kafka.ts'
import { Refusal } from './refusal.ts'

export interface OutgoingMessage {
  topic: TopicName
  key: string | null
  value: Buffer
  headers?: Record<string, string>
}

const MESSAGES_MAX = 5_000
const MESSAGE_OVERHEAD_BYTES = 100
const RETRY_AFTER_SECONDS = 5

const bytesOf = ({ value, key }: OutgoingMessage): number => value.length + (key === null ? 0 : Buffer.byteLength(key))
const bytesOfAll = (messages: readonly OutgoingMessage[]): number =>
  messages.reduce((sum, message) => sum + bytesOf(message) + MESSAGE_OVERHEAD_BYTES, 0)

export interface DeliveryOptions {
  producer: MessageProducer
  /** Renames topics, for tests that share a broker. */
  topicName?: (name: TopicName) => string
  onSent?: (messages: number, milliseconds: number) => void
}

/**
 * One request to Kafka at a time; what comes meanwhile is sent together with the next. While no broker answers, one request tries
 * and all others are refused at once.
 */
export class Delivery {
  readonly #options: DeliveryOptions
  readonly #batches: Batches<readonly OutgoingMessage[], void>

  constructor(options: DeliveryOptions) {
    this.#options = options
    this.#batches = new Batches((batch) => this.#sendAll(batch), {
      sizeMax: REQUEST_BYTES_MAX,
      countMax: MESSAGES_MAX,
      sizeOf: bytesOfAll,
      countOf: (messages) => messages.length,
    })
  }

  /** Since when no broker answers, milliseconds since the epoch. */
  get awaySinceMs(): number | undefined {
    return this.#options.producer.sends.unansweredSinceMs
  }

  /**
   * Resolves when Kafka has all of them.
   *
   * @throws Refusal when it may not have them: sent again, those that it has are duplicates
   */
  async send(messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.length === 0) return
    if (this.awaySinceMs !== undefined && this.#batches.isRunning) throw away()
    // More than a request holds is sent in parts: one that fails fails the whole.
    for (const part of requestsOf(messages, bytesOf, MESSAGES_MAX)) await this.#batches.add(part)
  }

  idle(): Promise<void> {
    return this.#batches.idle()
  }

  async #sendAll(batch: readonly (readonly OutgoingMessage[])[]): Promise<PromiseSettledResult<void>[]> {
    try {
      await this.#send(batch.flat())
      return batch.map(() => ({ status: 'fulfilled', value: undefined }))
    } catch (error) {
      // Kafka has refused something, such as a topic that does not exist: the others' events must not wait for that.
      const isOneOfMany = batch.length > 1 && kafkaAnswer(error) !== undefined
      if (!isOneOfMany) return batch.map(() => ({ status: 'rejected', reason: refusalOf(error as Error) }))
      const results: PromiseSettledResult<void>[] = []
      for (const messages of batch) results.push(...(await this.#sendAll([messages])))
      return results
    }
  }

  async #send(messages: readonly OutgoingMessage[]): Promise<void> {
    const { producer, topicName = (name: string) => name, onSent } = this.#options
    const startedAt = performance.now()
    const topicMessages = Map.groupBy(messages, ({ topic }) => topic)
    await producer.sendBatch({
      acks: -1,
      topicMessages: [...topicMessages].map(([topic, own]) => ({
        topic: topicName(topic),
        messages: own.map(({ key, value, headers }) => ({ key, value, ...(headers && { headers }) })),
      })),
    })
    onSent?.(messages.length, performance.now() - startedAt)
  }
}

const away = () => new Refusal(503, 'kafka_away', 'Kafka does not answer: send it again later', RETRY_AFTER_SECONDS)

function refusalOf(error: Error): Refusal {
  if (isKafkaAway(error)) return away()
  const answer = kafkaAnswer(error)
  const why = answer === undefined ? error.message : `Kafka answered ${answer}`
  return new Refusal(503, 'kafka_refused', `${why}: send it again later`, RETRY_AFTER_SECONDS)
}
