import { setTimeout as pause } from 'node:timers/promises'
import type { Admin, Consumer, Kafka } from 'kafkajs'
import { createKafka, createProducer, type MessageProducer, requestsOf } from '../../platform/kafka/kafka.ts'
import type { KafkaSettings } from '../../platform/kafka/security.ts'
import type { Logger } from '../../platform/log.ts'
import { type Decision, type DecisionTopic, decisionTopics } from './decisions.ts'
import { SOURCE, type WorldMessage } from './messages.ts'

/** One past the newest message of each partition that the world writes to or listens to. */
export interface PartitionEnd {
  topic: string
  partition: number
  end: number
}

const SEND_MESSAGES_MAX = 2_000
const POLL_MS = 5
const LISTEN_MAX_MS = 30_000
/** The world's own messages come back on the topics that it listens to; most need not be parsed to know that. */
const OWN_MARK = Buffer.from(`"source":"${SOURCE}"`)

/** The world's two ends of Kafka: what it sends, with simulated time stamps, and what Shelfline decided. */
export class Link {
  readonly #admin: Admin
  readonly #producer: MessageProducer
  readonly #consumer: Consumer
  readonly #groupId: string
  readonly #kafkaTopic: (topic: string) => string
  readonly #written = new Set<string>()
  /** The next offset that is listened to, by topic and partition. */
  readonly #heard = new Map<string, number>()
  #decisions: Decision[] = []
  #failure: Error | undefined

  private constructor(kafka: Kafka, groupId: string, kafkaTopic: (topic: string) => string) {
    this.#groupId = groupId
    this.#kafkaTopic = kafkaTopic
    this.#admin = kafka.admin()
    this.#producer = createProducer(kafka)
    this.#consumer = kafka.consumer({ groupId, minBytes: 1, maxWaitTimeInMs: 50, sessionTimeout: 30_000 })
  }

  /**
   * Connects, and listens to everything that is decided from now on.
   *
   * @throws when no broker answers, or the topics aren't there
   */
  static async open(
    settings: KafkaSettings,
    logger: Logger,
    run: string,
    kafkaTopic: (topic: string) => string,
  ): Promise<Link> {
    const link = new Link(createKafka(settings, 'shelfline-simulation', logger), `shelfline.${run}`, kafkaTopic)
    try {
      await Promise.all([link.#admin.connect(), link.#producer.connect(), link.#consumer.connect()])
      await link.#listen()
      return link
    } catch (error) {
      await link.close()
      throw new Error(
        `simulate: Kafka at ${settings.kafkaBrokers.join(', ')}: ${(error as Error).message}; \`shelfline stack up\` starts it, \`shelfline topics apply\` creates the topics`,
      )
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#consumer.disconnect(), this.#producer.disconnect()])
    await this.#admin.deleteGroups([this.#groupId]).catch(() => undefined)
    await this.#admin.disconnect()
  }

  /** The group keeps no offsets: whenever it is joined, it continues where this run is. */
  async #listen(): Promise<void> {
    const names = new Map(decisionTopics.map((topic) => [this.#kafkaTopic(topic), topic]))
    for (const { topic, partition, end } of await this.#endsOf([...names.keys()])) {
      this.#heard.set(`${topic}/${partition}`, end)
    }
    const joined = Promise.withResolvers<void>()
    this.#consumer.on(this.#consumer.events.GROUP_JOIN, () => {
      for (const [key, offset] of this.#heard) {
        const at = key.lastIndexOf('/')
        this.#consumer.seek({ topic: key.slice(0, at), partition: Number(key.slice(at + 1)), offset: String(offset) })
      }
      joined.resolve()
    })
    this.#consumer.on(this.#consumer.events.CRASH, ({ payload }) => {
      this.#failure = payload.error
      joined.reject(payload.error)
    })
    joined.promise.catch(() => undefined)
    await this.#consumer.subscribe({ topics: [...names.keys()] })
    await this.#consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => {
        const key = `${topic}/${partition}`
        const offset = Number(message.offset)
        if (offset < this.#heard.get(key)!) return
        this.#heard.set(key, offset + 1)
        this.#hear(names.get(topic)!, message.value)
      },
    })
    await joined.promise
  }

  #hear(topic: DecisionTopic, value: Buffer | null): void {
    if (value === null || value.includes(OWN_MARK)) return
    this.#decisions.push({ topic, event: JSON.parse(value.toString('utf8')) } as Decision)
  }

  /** Resolves when all in-sync replicas have the messages. */
  async send(messages: readonly WorldMessage[]): Promise<void> {
    for (const request of requestsOf(messages, ({ value }) => Buffer.byteLength(value), SEND_MESSAGES_MAX)) {
      const byTopic = Map.groupBy(request, ({ topic }) => topic)
      await this.#producer.sendBatch({
        acks: -1,
        topicMessages: [...byTopic].map(([topic, group]) => ({
          topic: this.#kafkaTopic(topic),
          messages: group.map(({ key, value, knownAtMs }) => ({ key, value, timestamp: String(knownAtMs) })),
        })),
      })
      for (const topic of byTopic.keys()) this.#written.add(this.#kafkaTopic(topic))
    }
  }

  /** Where the topics end now that this run has written to, or that it listens to; by the catalogue's names. */
  async ends(): Promise<PartitionEnd[]> {
    const names = new Set([...this.#written, ...decisionTopics.map(this.#kafkaTopic)])
    const suffixLength = this.#kafkaTopic('').length
    const ends = await this.#endsOf([...names])
    return ends.map((at) => ({ ...at, topic: at.topic.slice(0, at.topic.length - suffixLength) }))
  }

  async #endsOf(topics: readonly string[]): Promise<PartitionEnd[]> {
    const found = await Promise.all(topics.map((topic) => this.#admin.fetchTopicOffsets(topic)))
    return found.flatMap((partitions, at) =>
      partitions.map(({ partition, high }) => ({ topic: topics[at]!, partition, end: Number(high) })),
    )
  }

  /**
   * What was decided since the last call, up to the topics' ends now; first what leaves warehouses, so that it can arrive.
   *
   * @throws when the consumer failed, or doesn't get there within 30 s
   */
  async decisions(): Promise<Decision[]> {
    const ends = await this.#endsOf(decisionTopics.map(this.#kafkaTopic))
    const giveUpAt = performance.now() + LISTEN_MAX_MS
    while (ends.some(({ topic, partition, end }) => this.#heard.get(`${topic}/${partition}`)! < end)) {
      if (this.#failure !== undefined) throw this.#failure
      if (performance.now() > giveUpAt)
        throw new Error(`simulate: the decisions were not read within ${LISTEN_MAX_MS} ms`)
      await pause(POLL_MS)
    }
    return this.#takeHeard()
  }

  /** What was received so far, without waiting. */
  heardSoFar(): Decision[] {
    if (this.#failure !== undefined) throw this.#failure
    return this.#takeHeard()
  }

  #takeHeard(): Decision[] {
    const heard = this.#decisions
    this.#decisions = []
    const rank = ({ topic }: Decision) => decisionTopics.indexOf(topic)
    return heard.sort((one, other) => rank(one) - rank(other))
  }
}
