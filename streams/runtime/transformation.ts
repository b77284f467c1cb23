/**
 * Messages of topics become messages of other topics, each exactly once: what is made of a slice and the position behind it are one
 * transaction of Kafka. Who reads only what is committed sees each once, whichever process dies when.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Kafka } from 'kafkajs'
import type { TopicName } from '../../contracts/topics.ts'
import { requestsOf } from '../../platform/kafka/kafka.ts'
import type { LogRange, TopicLog, TopicLogs } from '../../platform/kafka/topic-logs.ts'
import { type TopicMessage, TransactionalProducer } from '../../platform/kafka/transactional-producer.ts'
import type { Logger } from '../../platform/log.ts'
import { Intake } from './intake.ts'
import { type OpenedPosition, partitionLog } from './log-numbers.ts'
import { type PartitionId, partitionKey } from './positions.ts'
import type { Slice } from './processor.ts'

const REQUEST_MESSAGES_MAX = 5_000
/** A worker that has lost a partition learns this from its group within a second. */
const FAILED_WAIT_MS = 1_000
/** A broker that is not back within a minute may need another process. */
const OPEN_ATTEMPTS_MAX = 60

export interface TransformationOptions {
  kafka: Kafka
  topicLogs: TopicLogs
  logger: Logger
  sessionTimeoutMs: number
  groupId: string
  topics: readonly TopicName[]
  /** Kafka's name of what is read. */
  kafkaTopic: (topic: TopicName) => string
  /** One transaction at a time has it. */
  transactionalId: (id: PartitionId) => string
  sliceMessagesMax: number
  sliceBytesMax: number
  bufferedBytesMax: number
  /** What is sent, in this order. What it throws is no message's fault: it is done again until it succeeds, and the messages wait in Kafka. */
  transform: (slice: Slice) => Promise<readonly TopicMessage[]>
  onCommitted?: (slice: Slice, sent: readonly TopicMessage[]) => void
  /** What can't be read at all: `pass` leaves it out, `stop` waits until a person moves the group's offset. */
  unreadable: 'pass' | 'stop'
  /** The messages can no longer be read: the process should end. */
  onFailed: (error: Error) => void
}

export class Transformation {
  readonly #options: TransformationOptions
  readonly #intake: Intake
  readonly #producers = new Map<string, Promise<TransactionalProducer>>()
  /** Why the messages of a partition are not transformed now. */
  readonly #failures = new Map<string, string>()
  #isStopping = false

  private constructor(options: TransformationOptions, partitions: number) {
    const { transform: _, onCommitted: __, transactionalId: ___, unreadable, ...intake } = options
    this.#options = options
    this.#intake = new Intake({
      ...intake,
      partitions,
      lanes: partitions,
      open: (id, log) => this.#open(id, log),
      onUnreadable: async (id, position, next, reason) => {
        if (unreadable === 'pass') await this.#pass(id, position, next, reason)
      },
      handle: (slice) => this.#handle(slice),
      onAssigned: () => {
        this.#failures.clear()
        void this.#closeProducers()
      },
    })
  }

  /** Joins the group. @throws when Kafka does not answer, or does not have a topic */
  static async start(options: TransformationOptions): Promise<Transformation> {
    const names = options.topics.map(options.kafkaTopic)
    const logs = await options.topicLogs.describe(names)
    const missing = names.find((name) => !logs.has(name))
    if (missing !== undefined) throw new Error(`Kafka has no topic ${missing}; \`shelfline topics apply\` makes it`)
    const partitions = [...logs.values()].reduce((sum, log) => sum + log.partitions.size, 0)
    const transformation = new Transformation(options, partitions)
    await transformation.#intake.start()
    return transformation
  }

  /** What is wrong, in a sentence, or undefined. */
  problem(): string | undefined {
    if (!this.#intake.isJoined) return `not in its consumer group: ${this.#options.groupId}`
    const stopped = this.#intake.positions().find(({ problem }) => problem !== undefined)
    if (stopped !== undefined) {
      return `${this.#options.kafkaTopic(stopped.topic)}/${stopped.partition} has stopped: ${stopped.problem}`
    }
    const [failure] = this.#failures.values()
    return failure && `messages wait: ${failure}`
  }

  /** Finishes what is being transformed and leaves the group. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#intake.stop()
    await this.#closeProducers()
  }

  async #closeProducers(): Promise<void> {
    const open = [...this.#producers.values()]
    this.#producers.clear()
    await Promise.all(open.map((producer) => producer.then((found) => found.close()).catch(() => undefined)))
  }

  /** A broker that restarts is waited for: the messages wait, too. */
  async #open(id: PartitionId, log: TopicLog | undefined): Promise<OpenedPosition> {
    const range = partitionLog(log, id)
    if (typeof range === 'string') return { position: 0, base: 0, problem: range }
    const { logger } = this.#options
    for (let attempt = 1; ; attempt += 1) {
      try {
        return { position: await this.#takeOver(id, range), base: 0, problem: undefined }
      } catch (error) {
        if (attempt === OPEN_ATTEMPTS_MAX || this.#isStopping) throw error
        logger.warn({ ...id, error: (error as Error).message }, 'the partition is not taken over: it is retried')
        await pause(FAILED_WAIT_MS)
      }
    }
  }

  /** Where the group is in a partition, when no one else can still move it. */
  async #takeOver(id: PartitionId, { start, end }: LogRange): Promise<number> {
    const { kafka, logger, groupId, kafkaTopic, transactionalId } = this.#options
    const key = partitionKey(id)
    const before = this.#producers.get(key)
    const opening = TransactionalProducer.open(kafka, transactionalId(id))
    this.#producers.set(key, opening)
    before?.then((producer) => producer.close()).catch(() => undefined)
    const producer = await opening
    const stored = await producer.position({ groupId, topic: kafkaTopic(id.topic), partition: id.partition })
    if (stored === undefined) return start
    if (stored.offset >= start && stored.offset <= end) return stored.offset
    const lost = { ...id, position: stored.offset, start, end }
    logger.error(lost, 'messages that were not read yet are no longer in Kafka: the oldest that it has is next')
    return start
  }

  async #pass(id: PartitionId, position: number, next: number, reason: string): Promise<void> {
    const producer = this.#producers.get(partitionKey(id))
    this.#options.logger.error({ ...id, position, next, reason }, 'messages that can not be read are passed')
    await this.#commit(producer, { ...id, messages: [], position, next, logEnd: next }, [])
    this.#intake.reopen(id)
  }

  async #handle(slice: Slice): Promise<'held' | 'lost'> {
    const { topic, partition, position } = slice
    const { logger, transform, onCommitted } = this.#options
    const key = partitionKey(slice)
    // Taken now: when the partition is taken over meanwhile, that of the new position would commit what is read again from there.
    const producer = this.#producers.get(key)
    try {
      const made = await transform(slice)
      await this.#commit(producer, slice, made)
      this.#failures.delete(key)
      onCommitted?.(slice, made)
      // Kafka has the position already: a hint of an older one would undo it.
      return 'held'
    } catch (error) {
      const { message } = error as Error
      // Where it was taken over the messages are read again, and nothing waits.
      if (this.#producers.get(key) === producer) this.#failures.set(key, message)
      logger.warn({ topic, partition, position, error: message }, 'messages wait: they are retried')
      await pause(FAILED_WAIT_MS)
      return 'lost'
    }
  }

  /** @param producer of the position that the slice was read from: Kafka refuses it when the partition was taken over since */
  async #commit(
    producer: Promise<TransactionalProducer> | undefined,
    { topic, partition, next }: Slice,
    made: readonly TopicMessage[],
  ): Promise<void> {
    const { groupId, kafkaTopic } = this.#options
    const opened = await producer
    if (opened === undefined) throw new Error('the partition was assigned again')
    const reader = { groupId, topic: kafkaTopic(topic), partition }
    await opened.commit(requestsOf(made, bytesOf, REQUEST_MESSAGES_MAX), reader, { offset: next, number: 0 })
  }
}

const bytesOf = ({ message }: TopicMessage): number => (message.value as Buffer | null)?.length ?? 0
